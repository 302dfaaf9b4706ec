"""A daemon on an invoker as the core knows it, without the adapter that makes sense of any callable."""

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core import DaemonOptions, Invoker
from sqsd_core.policy.scoreboard import Snapshot


async def work_off(queue: EmbeddedQueue, invoker: Invoker, *, options: DaemonOptions) -> Snapshot:
    """Run it until the queue is empty, and return its last scoreboard."""
    daemon = make_daemon(queue=queue, invoker=invoker, options=options)
    async with running(daemon):
        await until(lambda: queue.is_empty, step=1.0)
        daemon.drain()
        daemon.drain()
    return daemon.snapshot()
