"""Entering starts, leaving drains; an error at start is raised by entering, a crash by leaving."""

import asyncio
import logging
import signal

import pytest

from sqsd_adapters.cli.assembly.assembly import Assembly
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.configuration.given import Given
from sqsd_adapters.cli.embedding import Sqsd
from sqsd_adapters.cli.lifetime.lifetime import Drained, Lifetime
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedProbe
from sqsd_adapters.testing.harness import until
from sqsd_core import QueueNotFound, QueueRefused, QueueUnavailable, Reason
from tests.support.embedding import (
    AnsweringQueue,
    CrashingLockStore,
    LocksThatDoNotOpen,
    OpenedLocks,
    Slow,
    embedded,
    settings,
)


async def test_leaving_waits_for_the_running_job_and_its_deletion(queue: EmbeddedQueue) -> None:
    queue.send("a")
    job = Slow(5)
    async with embedded(queue, job):
        await job.began.wait()
    assert job.done == ["a"]
    assert queue.is_empty


async def test_the_log_says_that_it_starts_and_how_it_stopped(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with embedded(queue, Slow(0)):
        assert "starting" in caplog.messages
        assert "stopped" not in caplog.messages
    assert [record.levelname for record in caplog.records if record.message == "stopped"] == ["INFO"]


async def test_leaving_because_of_an_error_drains_too(queue: EmbeddedQueue) -> None:
    queue.send("a")
    job = Slow(5)
    with pytest.raises(LookupError):  # noqa: PT012 - the error of the block
        async with embedded(queue, job):
            await job.began.wait()
            raise LookupError
    assert job.done == ["a"]


async def test_two_daemons_run_in_one_loop() -> None:
    one, two = EmbeddedQueue(), EmbeddedQueue()
    one.send("a")
    two.send("b")
    job = Slow(1)
    async with embedded(one, job), embedded(two, job):
        await until(lambda: one.is_empty and two.is_empty)
    assert sorted(job.done) == ["a", "b"]


async def test_no_signal_is_taken_and_no_logging_is_configured(queue: EmbeddedQueue) -> None:
    signals, handlers = [signal.getsignal(number) for number in signal.Signals], list(logging.root.handlers)
    async with embedded(queue, Slow(0)):
        assert [signal.getsignal(number) for number in signal.Signals] == signals
        assert logging.root.handlers == handlers


@pytest.mark.parametrize(("variables", "is_on"), [({}, False), ({"MONITORING_PORT": 0}, True)])
def test_the_monitor_is_off_unless_its_port_is_set(variables: dict[str, int], *, is_on: bool) -> None:
    daemon = Sqsd(settings(**variables), invoker=print)
    assert (daemon.parts.daemon.monitor() is not None) is is_on


async def test_the_figures_are_there_while_it_runs_and_afterwards(queue: EmbeddedQueue) -> None:
    queue.send("a")
    async with embedded(queue, Slow(0)) as daemon:
        await until(lambda: queue.is_empty)
        assert daemon.snapshot().outcomes == {"Succeeded": 1}
        assert not daemon.snapshot().draining
    assert daemon.snapshot().draining
    assert daemon.snapshot().deleted == 1


async def test_while_it_is_paused_nothing_starts_and_it_is_ready(queue: EmbeddedQueue) -> None:
    job = Slow(0)
    async with embedded(queue, job) as daemon:
        daemon.pause()
        queue.send("a")
        await asyncio.sleep(5)
        assert not job.began.is_set()
        assert [closure.reason for closure in daemon.snapshot().closures] == [Reason.PAUSED]
        assert daemon.snapshot().ready
        daemon.resume()
        await until(lambda: queue.is_empty)


async def test_a_pause_may_end_by_itself(queue: EmbeddedQueue) -> None:
    async with embedded(queue, Slow(0)) as daemon:
        daemon.pause(seconds=10)
        began = asyncio.get_running_loop().time()
        queue.send("a")
        await until(lambda: queue.is_empty)
    assert asyncio.get_running_loop().time() - began >= 10


async def test_drain_says_that_it_was_complete_and_leaving_then_does_nothing(queue: EmbeddedQueue) -> None:
    queue.send("a")
    job = Slow(5)
    async with embedded(queue, job) as daemon:
        await job.began.wait()
        first, second = await asyncio.gather(daemon.drain(), daemon.drain())
        assert first == second == await daemon.drain()
    assert first.complete
    assert job.done == ["a"]


async def test_drain_says_how_many_jobs_it_cut_off(queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture) -> None:
    queue.send("a")
    job = Slow(50)
    async with embedded(queue, job, variables={"DRAIN_TIMEOUT": 2}) as daemon:
        await job.began.wait()
        drained = await daemon.drain()
    assert (drained.cut_off, drained.unconfirmed, drained.complete) == (1, 0, False)
    assert queue.visible == 1
    assert [record.levelname for record in caplog.records if record.message == "stopped"] == ["WARNING"]


@pytest.mark.parametrize(("cut_off", "unconfirmed"), [(1, 0), (0, 1)])
def test_a_drain_is_complete_if_every_job_ended_and_every_deletion_was_confirmed(
    cut_off: int, unconfirmed: int
) -> None:
    assert not Drained(cut_off=cut_off, unconfirmed=unconfirmed).complete
    assert Drained(cut_off=0, unconfirmed=0).complete


async def test_to_cancel_drain_is_to_stop_waiting_for_it(queue: EmbeddedQueue) -> None:
    queue.send("a")
    job = Slow(5)
    async with embedded(queue, job) as daemon:
        await job.began.wait()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(daemon.drain(), 1)
    assert job.done == ["a"]


async def test_a_daemon_runs_once(queue: EmbeddedQueue) -> None:
    daemon = embedded(queue, Slow(0))
    async with daemon:
        pass
    with pytest.raises(RuntimeError, match="another"):
        async with daemon:
            pass


async def test_a_daemon_that_was_not_entered_cannot_drain(queue: EmbeddedQueue) -> None:
    with pytest.raises(RuntimeError, match="async with"):
        await embedded(queue, Slow(0)).drain()


@pytest.mark.parametrize(
    "queue",
    [AnsweringQueue(describe=QueueNotFound()), AnsweringQueue(describe=QueueRefused(), receive=QueueRefused())],
)
async def test_a_queue_that_turns_us_away_is_an_error_of_entering(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    daemon, locks = embedded(queue, Slow(0)), OpenedLocks()
    daemon.parts.queue.lock_store.override(locks)
    with pytest.raises(QueueRefused):
        async with daemon:
            pytest.fail("entered")
    assert isinstance(daemon.failed, QueueRefused)
    assert locks.left == 1
    assert "daemon crashed" not in caplog.messages


async def test_invalid_settings_are_an_error_of_entering(queue: EmbeddedQueue) -> None:
    with pytest.raises(ConfigurationError, match="pass an invoker"):
        async with embedded(queue, None):
            pytest.fail("entered")


async def test_a_queue_that_does_not_answer_is_no_error() -> None:
    queue = AnsweringQueue(describe=QueueUnavailable(), receive=QueueUnavailable())
    async with embedded(queue, Slow(0)) as daemon:
        assert Reason.QUEUE_UNAVAILABLE in [closure.reason for closure in daemon.snapshot().closures]


async def test_entering_waits_ten_seconds_for_a_queue_that_says_nothing() -> None:
    began = asyncio.get_running_loop().time()
    async with embedded(AnsweringQueue(silence=3_600), Slow(0)):
        assert asyncio.get_running_loop().time() - began == pytest.approx(10, abs=1)


def unhealthy(queue: EmbeddedQueue, job: Slow, **variables: float) -> tuple[Sqsd, ScriptedProbe]:
    """A daemon whose worker is not healthy yet."""
    probe = ScriptedProbe(reachable=False)
    daemon = embedded(queue, job, variables={"INVOKER_HEALTHCHECK_URL": "http://127.0.0.1:1/", **variables})
    daemon.parts.worker.probe.override(probe)
    return daemon, probe


async def test_entering_does_not_wait_for_a_health_check_that_the_same_program_may_answer(queue: EmbeddedQueue) -> None:
    queue.send("a")
    job = Slow(0)
    daemon, probe = unhealthy(queue, job)
    began = asyncio.get_running_loop().time()
    async with daemon:
        assert asyncio.get_running_loop().time() - began < 1
        await asyncio.sleep(10)
        assert not job.began.is_set()
        probe.answer(reachable=True)
        await until(lambda: queue.is_empty)


async def test_the_health_check_is_repeated_after_pauses_that_have_a_maximum(queue: EmbeddedQueue) -> None:
    daemon, probe = unhealthy(queue, Slow(0), BREAKER_COOLDOWN=1, BREAKER_COOLDOWN_MAX=4)
    async with daemon:
        await asyncio.sleep(1_000)
        assert probe.asked == pytest.approx(250, abs=5)


async def test_leaving_before_the_worker_is_healthy_ends_the_start(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    daemon, _ = unhealthy(queue, Slow(0))
    async with daemon:
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 1
    assert "receiving" not in caplog.messages
    assert caplog.messages[-1] == "stopped"


async def test_a_health_check_that_fails_is_the_reason_and_not_the_queue(queue: EmbeddedQueue) -> None:
    daemon, probe = unhealthy(queue, Slow(0))
    async with daemon:
        await asyncio.sleep(100)
        assert [str(closure) for closure in daemon.snapshot().closures] == ["the worker's health check fails"]
        assert not daemon.snapshot().ready
        probe.answer(reachable=True)
        await until(lambda: daemon.snapshot().ready, within=60)
        assert not daemon.snapshot().closures


async def test_a_queue_that_is_missing_ends_the_start_though_the_worker_is_not_healthy() -> None:
    daemon, _ = unhealthy(AnsweringQueue(describe=QueueNotFound()), Slow(0))
    with pytest.raises(QueueNotFound):
        async with daemon:
            pass


async def test_leaving_before_everything_is_open_uses_nothing_of_it(queue: EmbeddedQueue) -> None:
    daemon, locks = embedded(queue, Slow(0)), LocksThatDoNotOpen()
    daemon.parts.queue.lock_store.override(locks)
    async with daemon:
        pass
    assert daemon.failed is None
    assert not locks.used


async def test_a_drain_that_is_asked_for_before_the_start_has_begun_ends_it(queue: EmbeddedQueue) -> None:
    """As a signal does in the milliseconds after its handler was set."""
    configuration = Configuration.of_one(settings(INVOKER_HEALTHCHECK_URL="http://127.0.0.1:1/"))
    assembly = Assembly(configuration, given=Given(invoker=Slow(0), queue=queue, clock=LoopClock()))
    assembly.workers[""].parts.probe.override(ScriptedProbe(reachable=False))
    lifetime = Lifetime(assembly)
    asyncio.get_running_loop().call_soon(lifetime.request_drain)
    await asyncio.wait_for(_lived(lifetime), 1)
    assert lifetime.drained.complete


async def _lived(lifetime: Lifetime) -> None:
    await lifetime.start()
    await lifetime.ended()


async def test_a_crash_shows_in_failed_and_in_the_log_and_is_raised_by_leaving(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    daemon = embedded(queue, Slow(0), lock_store=CrashingLockStore())
    with pytest.raises(ZeroDivisionError) as raised:  # noqa: PT012 - what is seen before it is raised
        async with daemon:
            assert daemon.failed is None
            queue.send("a")
            await until(lambda: daemon.failed is not None)
            assert "daemon crashed" in caplog.messages
            assert "failed" in repr(daemon)
    assert raised.value is daemon.failed
    assert queue.bodies == ["a"]


async def test_draining_a_daemon_that_crashed_raises_its_error(queue: EmbeddedQueue) -> None:
    queue.send("a")
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - raised by leaving as well
        async with embedded(queue, Slow(0), lock_store=CrashingLockStore()) as daemon:
            await until(lambda: daemon.failed is not None)
            with pytest.raises(ZeroDivisionError):
                await daemon.drain()


async def test_an_error_of_the_block_goes_before_a_crash(queue: EmbeddedQueue) -> None:
    queue.send("a")
    with pytest.raises(LookupError):  # noqa: PT012 - the error of the block
        async with embedded(queue, Slow(0), lock_store=CrashingLockStore()) as daemon:
            await until(lambda: daemon.failed is not None)
            raise LookupError


async def test_its_repr_is_a_status_line(queue: EmbeddedQueue) -> None:
    daemon = embedded(queue, Slow(0))
    assert repr(daemon) == "<Sqsd not entered>"
    async with daemon:
        assert "receiving" in repr(daemon)
    assert repr(daemon) == "<Sqsd ended>"


def test_settings_stay_as_they_were_given() -> None:
    given = settings()
    Sqsd(given, invoker=print)
    assert given.MONITORING_PORT == 6969
