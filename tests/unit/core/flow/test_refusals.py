"""The queue refuses deletions or visibility changes: said at once and once per minute; nothing runs again for it."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core.errors import QueueRefused
from sqsd_core.flow.daemon import Daemon
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.outcome import Failed, Outcome, Succeeded
from sqsd_core.policy.admission import Reason
from tests.support.troubled_queue import TroubledQueue

DENIED = QueueRefused("SQS refuses the queue jobs (AccessDenied): allow sqs:DeleteMessage")
FOR_EVER = 100_000


def refuse_batches(queue: TroubledQueue) -> None:
    queue.fail("delete", DENIED, times=FOR_EVER)


def refuse_entries(queue: TroubledQueue) -> None:
    queue.refuses_entries = True


REFUSALS = pytest.mark.parametrize("refuse", [refuse_batches, refuse_entries])
Refuse = Callable[[TroubledQueue], None]


def said(caplog: pytest.LogCaptureFixture, event: str) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.message == event]


def daemon_of(queue: TroubledQueue, invoker: ScriptedInvoker, *, slots: int = 4) -> Daemon:
    options = DaemonOptions(slots=slots, receivers=3, wait_time=1.0, visibility_timeout=30.0)
    return make_daemon(queue=queue, invoker=invoker, options=options)


@REFUSALS
async def test_refused_deletions_stop_the_receiving_and_are_said_once_per_minute(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture, refuse: Refuse
) -> None:
    for number in range(400):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    refuse(troubled)
    invoker = ScriptedInvoker(duration=0.1)
    daemon = daemon_of(troubled, invoker)

    async with running(daemon):
        await until(lambda: bool(invoker.finished))
        await asyncio.sleep(0.1)
        assert [record.levelname for record in said(caplog, "DeleteMessage refused, receiving stops")] == ["ERROR"]
        assert not daemon.snapshot().ready
        (closure,) = daemon.snapshot().closures
        assert closure.reason is Reason.DELETES_REFUSED
        assert "AccessDenied" in closure.why
        await asyncio.sleep(540.0)

    assert len(invoker.invoked) < 60
    assert 9 <= len(said(caplog, "DeleteMessage refused, receiving stops")) <= 10
    assert troubled.calls["delete"] < 120
    assert not said(caplog, "DeleteMessage given up")


@REFUSALS
async def test_deletions_that_are_accepted_again_let_messages_in_though_the_refusal_outlasted_the_receipts(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture, refuse: Refuse
) -> None:
    queue.send("done")
    troubled = TroubledQueue(queue)
    refuse(troubled)
    invoker = ScriptedInvoker()
    daemon = daemon_of(troubled, invoker)

    async with running(daemon):
        await asyncio.sleep(3_600.0)
        assert not daemon.snapshot().ready
        troubled.heal()
        queue.send("next")
        await until(lambda: daemon.snapshot().ready, within=11.0)
        await until(lambda: queue.is_empty)

    assert sorted(invoker.bodies) == ["done", "next"]
    assert len(said(caplog, "DeleteMessage accepted again")) == 1


@REFUSALS
async def test_a_drain_does_not_wait_for_deletions_that_are_refused(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture, refuse: Refuse
) -> None:
    for number in range(7):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    refuse(troubled)
    invoker = ScriptedInvoker()
    daemon = daemon_of(troubled, invoker, slots=7)
    loop = asyncio.get_running_loop()

    async with running(daemon):
        await until(lambda: len(invoker.finished) == 7)
        await asyncio.sleep(30.0)
        daemon.drain()
        before = loop.time()

    assert loop.time() - before < 1.5
    assert await daemon.crew.sources[""].acknowledger.finish(within=60.0) == 7
    assert loop.time() - before < 2.0
    assert [
        vars(record)["deletions"]
        for record in said(caplog, "deletions or visibility changes not confirmed before the stop")
    ] == [7]


async def test_a_drain_does_not_wait_for_releases_that_are_refused(queue: EmbeddedQueue) -> None:
    for number in range(5):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    troubled.fail("change_visibility", DENIED, times=FOR_EVER)
    invoker = ScriptedInvoker(duration=50.0)
    options = DaemonOptions(slots=5, wait_time=1.0, drain_timeout=2.0, visibility_timeout=60.0)
    daemon = make_daemon(queue=troubled, invoker=invoker, options=options)
    loop = asyncio.get_running_loop()

    async with running(daemon):
        await until(lambda: invoker.running == 5)
        daemon.drain()
        before = loop.time()

    assert loop.time() - before < 3.0


async def test_a_drain_tries_a_refused_deletion_once_more(queue: EmbeddedQueue) -> None:
    for number in range(15):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    refuse_batches(troubled)
    invoker = ScriptedInvoker()
    daemon = daemon_of(troubled, invoker, slots=15)

    async with running(daemon):
        await until(lambda: len(invoker.finished) == 15)
        await asyncio.sleep(100.0)
        troubled.heal()
        daemon.drain()

    assert queue.is_empty


async def test_what_a_poll_still_brings_while_deletions_are_refused_is_released_and_not_run(
    queue: EmbeddedQueue,
) -> None:
    queue.send("done")
    troubled = TroubledQueue(queue)
    refuse_batches(troubled)
    invoker = ScriptedInvoker(duration=0.5)
    daemon = make_daemon(queue=troubled, invoker=invoker, options=DaemonOptions(slots=2, visibility_timeout=600.0))

    async with running(daemon):
        await until(lambda: not daemon.snapshot().ready and daemon.crew.sources[""].feed.receiving == 1)
        queue.send("held back")
        await asyncio.sleep(60.0)
        assert invoker.bodies == ["done"]
        assert queue.visible == 1
        troubled.heal()
        await until(lambda: queue.is_empty)


async def test_while_deletions_are_refused_one_batch_at_a_time_is_tried(queue: EmbeddedQueue) -> None:
    for number in range(300):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    invoker = ScriptedInvoker(duration=50.0)
    daemon = daemon_of(troubled, invoker, slots=300)

    async with running(daemon):
        await until(lambda: invoker.running == 300)
        refuse_batches(troubled)
        await until(lambda: invoker.running == 0)
        await asyncio.sleep(20.0)
        before = troubled.calls["delete"]
        await asyncio.sleep(60.0)
        assert 4 <= troubled.calls["delete"] - before <= 30
        troubled.heal()
        await until(lambda: queue.is_empty, within=21.0)


async def test_refused_visibility_changes_are_said_and_the_work_goes_on(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(50):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    troubled.fail("change_visibility", DENIED, times=FOR_EVER)
    script: dict[str, list[Outcome]] = {str(number): [Failed("status 500"), Succeeded()] for number in range(50)}
    daemon = daemon_of(troubled, ScriptedInvoker(script, duration=0.5))

    async with running(daemon):
        await until(lambda: queue.is_empty, within=300.0)
        minutes = asyncio.get_running_loop().time() / 60.0
        assert daemon.snapshot().ready

    refused = said(caplog, "ChangeMessageVisibility refused")
    assert {record.levelname for record in refused} == {"ERROR"}
    assert 1 <= len(refused) <= minutes + 1
    assert len(said(caplog, "ChangeMessageVisibility given up")) <= minutes + 1


async def test_refused_extensions_are_said_once_per_minute(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(25):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    troubled.fail("change_visibility", DENIED, times=FOR_EVER)
    invoker = ScriptedInvoker(duration=300.0)
    options = DaemonOptions(slots=25, invoker_timeout=600.0, visibility_timeout=30.0, wait_time=1.0)
    daemon = make_daemon(queue=troubled, invoker=invoker, options=options)

    async with running(daemon):
        await until(lambda: queue.is_empty, within=400.0)

    assert len(invoker.invoked) == 25
    refused = said(caplog, "ChangeMessageVisibility refused")
    assert [record.levelname for record in refused] == ["ERROR"] * len(refused)
    assert 4 <= len(refused) <= 6
    assert vars(refused[1])["count"] > 25
    assert not said(caplog, "ChangeMessageVisibility failed")
