"""A message that the same daemon receives again while it runs: it runs once, and the newer receipt deletes it."""

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind, Faults
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core.flow.options import DaemonOptions


async def test_it_runs_once_and_is_deleted_by_the_newer_receipt() -> None:
    faults = Faults()
    queue = EmbeddedQueue(clock=LoopClock(), faults=faults)
    queue.send("job")
    invoker = ScriptedInvoker(duration=10.0)
    daemon = make_daemon(queue=queue, invoker=invoker, options=DaemonOptions(slots=2, wait_time=1.0))

    async with running(daemon):
        await until(lambda: invoker.running == 1)
        faults.add(Fault(kind=FaultKind.DUPLICATE, operation="ReceiveMessage", count=1))
        await until(lambda: queue.is_empty, within=15.0)

    assert (len(invoker.invoked), daemon.snapshot().duplicates) == (1, 1)
