"""The breaker at work: a broken worker does not empty the queue into its dead-letter queue."""

import asyncio

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker, ScriptedProbe
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core.flow.daemon import Daemon
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.message import Message
from sqsd_core.outcome import Outcome, Succeeded, Unavailable
from sqsd_core.policy.breaker import State

MINUTE = 60.0


class Worker:
    """A worker that can be down."""

    def __init__(self) -> None:
        self.down = False
        self.invoked: list[Message] = []

    async def invoke(self, message: Message) -> Outcome:
        self.invoked.append(message)
        await asyncio.sleep(0.01)
        return Unavailable("connection refused") if self.down else Succeeded()


def state(daemon: Daemon) -> State:
    return daemon.snapshot().breaker.state


@pytest.mark.parametrize("slots", [1, 16])
async def test_an_outage_of_the_worker_leaves_the_backlog_nearly_untouched(slots: int) -> None:
    queue = EmbeddedQueue(clock=LoopClock(), max_receive_count=3)
    bodies = [str(number) for number in range(300)]
    for body in bodies:
        queue.send(body)
    worker = Worker()
    worker.down = True
    probe = ScriptedProbe(False)
    options = DaemonOptions(slots=slots, error_visibility_timeout=5.0)
    daemon = make_daemon(queue=queue, invoker=worker, probe=probe, options=options)

    async with running(daemon):
        await asyncio.sleep(2 * MINUTE)
        assert state(daemon) in {State.OPEN, State.PROBING}
        assert (queue.in_flight, daemon.snapshot().buffered) == (0, 0)
        assert len(worker.invoked) <= 5 + slots
        assert not daemon.snapshot().ready
        worker.down = False
        probe.answer(True)
        await until(lambda: state(daemon) is State.CLOSED, within=31.0)
        await until(lambda: queue.is_empty, within=MINUTE)

    assert not queue.dead_letters
    assert max(message.receive_count for message in worker.invoked) <= 2


async def test_one_message_is_tried_before_the_breaker_closes(queue: EmbeddedQueue) -> None:
    for number in range(50):
        queue.send(str(number))
    worker = Worker()
    worker.down = True
    probe = ScriptedProbe(True)
    options = DaemonOptions(slots=10, receivers=4, visibility_timeout=600.0, error_visibility_timeout=300.0)
    daemon = make_daemon(queue=queue, invoker=worker, probe=probe, options=options)

    async with running(daemon):
        await until(lambda: state(daemon) is State.OPEN)
        before = len(worker.invoked)
        await asyncio.sleep(10.0)
        # Each cool-down (1, 2, 4 … seconds, jittered) lets one message through, and no more.
        assert 2 <= len(worker.invoked) - before <= 4
        assert probe.asked == len(worker.invoked) - before


async def test_a_trial_that_finds_the_queue_empty_is_still_to_be_given(queue: EmbeddedQueue) -> None:
    for number in range(5):
        queue.send(str(number))
    worker = Worker()
    worker.down = True
    options = DaemonOptions(slots=5, error_visibility_timeout=100.0)
    daemon = make_daemon(queue=queue, invoker=worker, probe=ScriptedProbe(True), options=options)

    async with running(daemon):
        await until(lambda: state(daemon) is State.TRIAL)
        worker.down = False
        await until(lambda: state(daemon) is State.CLOSED, within=150.0)
        await until(lambda: queue.is_empty)


async def test_the_log_names_each_state_as_the_metrics_do(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="sqsd_core.flow.troubles")
    queue.send("body")
    invoker = ScriptedInvoker({"body": [Unavailable("connection refused"), Succeeded()]})
    options = DaemonOptions(breaker_failures=1)

    async with running(make_daemon(queue=queue, invoker=invoker, probe=ScriptedProbe(True), options=options)):
        await until(lambda: queue.is_empty, within=MINUTE)

    said = [line for line in caplog.messages if line.startswith("breaker")]
    assert said == [
        "breaker open, receiving stops",
        "breaker probing the worker",
        "breaker trial, one message will be tried",
        "breaker closed",
    ]


async def test_failures_of_the_job_itself_do_not_open_the_breaker(queue: EmbeddedQueue) -> None:
    class Broken:
        async def invoke(self, message: Message) -> Outcome:
            raise ValueError

    for number in range(20):
        queue.send(str(number))
    daemon = make_daemon(queue=queue, invoker=Broken(), options=DaemonOptions(slots=5))

    async with running(daemon):
        await asyncio.sleep(30.0)
        assert state(daemon) is State.CLOSED


async def test_a_drain_does_not_wait_for_a_breaker(queue: EmbeddedQueue) -> None:
    for number in range(20):
        queue.send(str(number))
    worker = Worker()
    worker.down = True
    daemon = make_daemon(queue=queue, invoker=worker, probe=ScriptedProbe(False), options=DaemonOptions(slots=5))

    async with running(daemon):
        await until(lambda: state(daemon) is State.OPEN)
        await asyncio.sleep(5.0)
        daemon.drain()
        before = asyncio.get_running_loop().time()

    assert asyncio.get_running_loop().time() - before < 0.1


async def test_without_a_probe_one_message_decides(queue: EmbeddedQueue) -> None:
    queue.send("a")
    worker = Worker()
    worker.down = True
    daemon = make_daemon(
        queue=queue,
        invoker=ScriptedInvoker({"a": [Unavailable("x"), Succeeded()]}),
        options=DaemonOptions(breaker_failures=1),
    )

    async with running(daemon):
        await until(lambda: queue.is_empty)


async def test_what_is_buffered_is_released_as_soon_as_the_breaker_opens() -> None:
    queue = EmbeddedQueue(clock=LoopClock(), name="jobs.fifo")
    for number in range(4):
        queue.send(f"slow {number}", group_id="slow")
    script: dict[str, list[Outcome]] = {str(number): [Unavailable("connection refused")] for number in range(5)}
    for body in script:
        queue.send(body, group_id=body)
    job = ScriptedInvoker(script, duration=lambda message: 50.0 if message.group_id == "slow" else 1.0)
    options = DaemonOptions(slots=10, error_visibility_timeout=300.0)
    daemon = make_daemon(queue=queue, invoker=job, probe=ScriptedProbe(False), options=options)

    async with running(daemon):
        await until(lambda: daemon.snapshot().buffered == 3)
        await until(lambda: state(daemon) is State.OPEN)
        await asyncio.sleep(0.1)
        assert daemon.snapshot().buffered == 0
        # The running one is hidden, and so are the five that failed; the three that waited are not.
        assert queue.in_flight == 6
