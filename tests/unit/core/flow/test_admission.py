"""Every reason not to receive is known in one place: readiness, the snapshot and the fetchers agree."""

import asyncio
import logging
from dataclasses import replace

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import EPOCH, LoopClock, ScriptedInvoker, ScriptedProbe
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core.errors import QueueRefused, QueueUnavailable
from sqsd_core.flow.admission import Admission
from sqsd_core.flow.daemon import Daemon
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.outcome import Unavailable
from sqsd_core.policy.admission import Reason
from tests.support.several import daemon_of, filled, queue_plan, worker_plan
from tests.support.troubled_queue import TroubledQueue


def reasons(daemon: Daemon) -> set[Reason]:
    return {closure.reason for closure in daemon.snapshot().closures}


async def test_a_reason_holds_from_its_first_mention_with_its_latest_cause() -> None:
    admission = Admission(clock=LoopClock())

    assert admission.close(Reason.DELETES_REFUSED, "AccessDenied")
    await asyncio.sleep(5.0)
    assert not admission.close(Reason.DELETES_REFUSED, "KmsThrottled")

    (closure,) = admission.closures
    assert (closure.since, closure.why) == (EPOCH, "KmsThrottled")
    assert str(closure) == "the queue refuses deletions: KmsThrottled"
    assert not admission.ready
    assert repr(admission) == "<Admission closed: deletes_refused>"


async def test_it_is_ready_again_when_the_last_reason_ends() -> None:
    admission = Admission(clock=LoopClock())
    admission.close(Reason.STARTING)
    admission.close(Reason.BREAKER_OPEN, "refused")

    assert admission.open(Reason.BREAKER_OPEN)
    assert not admission.open(Reason.BREAKER_OPEN)
    assert not admission.ready
    admission.open(Reason.STARTING)

    assert admission.ready
    assert repr(admission) == "<Admission open>"


@pytest.mark.parametrize("reason", list(Reason))
async def test_only_reasons_that_a_receive_ends_let_a_receive_begin(reason: Reason) -> None:
    admission = Admission(clock=LoopClock())
    admission.close(reason)

    assert admission.admits is (reason in {Reason.STARTING, Reason.QUEUE_UNAVAILABLE})
    assert admission.ready is (reason in {Reason.PAUSED, Reason.SLOTS_BUSY, Reason.RATE_LIMITED})


async def test_a_daemon_whose_queue_has_not_answered_yet_is_not_ready(queue: EmbeddedQueue) -> None:
    troubled = TroubledQueue(queue)
    troubled.fail("describe", QueueUnavailable())
    troubled.delay["receive"] = 30.0
    daemon = make_daemon(queue=troubled, invoker=ScriptedInvoker())

    async with running(daemon):
        await asyncio.sleep(29.0)
        assert not daemon.snapshot().ready
        assert reasons(daemon) == {Reason.STARTING}
        await until(lambda: daemon.snapshot().ready, within=3.0)


async def test_a_queue_that_may_not_be_described_counts_as_answering_after_a_second(queue: EmbeddedQueue) -> None:
    troubled = TroubledQueue(queue)
    troubled.fail("describe", QueueRefused("AccessDenied"))
    daemon = make_daemon(queue=troubled, invoker=ScriptedInvoker())

    async with running(daemon):
        await until(lambda: daemon.snapshot().ready, within=1.5)


async def test_a_queue_that_fails_is_a_reason_until_it_answers(queue: EmbeddedQueue) -> None:
    troubled = TroubledQueue(queue)
    daemon = make_daemon(queue=troubled, invoker=ScriptedInvoker())

    async with running(daemon):
        troubled.fail("receive", QueueUnavailable("refused"), times=3)
        await until(lambda: reasons(daemon) == {Reason.QUEUE_UNAVAILABLE})
        (closure,) = daemon.snapshot().closures
        assert closure.why == "refused"
        assert not daemon.snapshot().ready
        await until(lambda: daemon.snapshot().ready)
        assert reasons(daemon) == set()


async def test_an_open_breaker_is_a_reason_with_its_cause(queue: EmbeddedQueue) -> None:
    queue.send("a")
    job = ScriptedInvoker({"a": [Unavailable("connection refused")]})
    daemon = make_daemon(
        queue=queue, invoker=job, probe=ScriptedProbe(False), options=DaemonOptions(breaker_failures=1)
    )

    async with running(daemon):
        await until(lambda: Reason.BREAKER_OPEN in reasons(daemon))
        assert not daemon.snapshot().ready
        assert [closure.why for closure in daemon.snapshot().closures] == ["connection refused"]


async def test_busy_slots_and_a_drain_are_reasons_as_well(queue: EmbeddedQueue) -> None:
    queue.send("long")
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker(duration=10.0))

    async with running(daemon):
        await until(lambda: Reason.SLOTS_BUSY in reasons(daemon))
        assert daemon.snapshot().ready
        daemon.drain()
        assert reasons(daemon) == {Reason.SLOTS_BUSY, Reason.DRAINING}
        assert not daemon.snapshot().ready


async def test_nothing_is_received_while_no_message_can_be_invoked(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    queues, job, why = filled({"orders": 3, "mails": 3}), ScriptedInvoker(), ["S3 does not answer"]
    plans = [
        replace(queue_plan("orders", queues["orders"]), obstacle=lambda: why[-1]),
        queue_plan("mails", queues["mails"]),
    ]
    daemon = daemon_of([worker_plan("web", job)], plans)

    async with running(daemon):
        await asyncio.sleep(30.0)
        assert queues["mails"].is_empty
        assert len(queues["orders"].bodies) == 3
        assert [str(closure) for closure in daemon.snapshot().closures] == [
            "orders: message bodies cannot be fetched: S3 does not answer"
        ]
        assert not daemon.snapshot().ready
        why.append("")
        await until(lambda: queues["orders"].is_empty, within=3.0)
        assert daemon.snapshot().ready

    assert [record.message for record in caplog.records if "bodies" in record.message] == [
        "message bodies cannot be fetched, receiving stops",
        "message bodies can be fetched again",
    ]


class Leaking(ScriptedInvoker):
    """Runs jobs that may outlive their time limit."""

    stuck = ""


async def test_an_invoker_with_too_many_stuck_jobs_gets_no_more_until_they_end(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    job = Leaking()
    job.stuck = "8 threads outlived their time limit"
    daemon = make_daemon(queue=queue, invoker=job)
    queue.send("a")

    async with running(daemon):
        await asyncio.sleep(30.0)
        assert not daemon.snapshot().ready
        assert [str(closure) for closure in daemon.snapshot().closures] == [
            "too many jobs outlived their time limit: 8 threads outlived their time limit"
        ]
        assert not job.invoked
        job.stuck = ""
        await until(lambda: queue.is_empty, within=2.0)
        assert daemon.snapshot().ready

    said = [record.levelname for record in caplog.records if "outlived their time limit" in record.message]
    assert said == ["ERROR", "WARNING"]
