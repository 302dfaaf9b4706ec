"""``receiving`` is said once, and only after the queue has answered a receive."""

import asyncio
import logging

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until, work_off
from sqsd_core import Daemon
from sqsd_core.errors import QueueRefused
from sqsd_core.flow.options import DaemonOptions
from tests.support.several import daemon_of as daemon_of_several
from tests.support.several import queue_plan, worker_plan
from tests.support.troubled_queue import TroubledQueue

DENIED = QueueRefused("AccessDenied: allow sqs:ReceiveMessage")


@pytest.fixture
def troubled(queue: EmbeddedQueue) -> TroubledQueue:
    return TroubledQueue(queue)


@pytest.fixture(autouse=True)
def _heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def daemon_of(queue: TroubledQueue) -> Daemon:
    return make_daemon(queue=queue, invoker=ScriptedInvoker(), options=DaemonOptions(wait_time=20.0))


async def test_it_is_said_once_with_the_queue_and_its_slots(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    for body in "abc":
        queue.send(body)
    await work_off(queue, ScriptedInvoker(), options=DaemonOptions(slots=3, receivers=2))

    (line,) = [vars(record) for record in caplog.records if record.message == "receiving"]
    assert (line["queue"], line["slots"]) == (queue.name, 3)


async def test_an_empty_queue_is_received_from_within_a_second(
    troubled: TroubledQueue, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(daemon_of(troubled)):
        await until(lambda: "receiving" in caplog.messages, within=1.1)
        troubled.calls.clear()
        await asyncio.sleep(60.0)

    assert troubled.calls["receive"] <= 4


async def test_a_refused_start_does_not_say_it(troubled: TroubledQueue, caplog: pytest.LogCaptureFixture) -> None:
    troubled.fail("receive", DENIED)
    with pytest.raises(QueueRefused):
        await daemon_of(troubled).run()

    assert "queue found" in caplog.messages
    assert "receiving" not in caplog.messages


async def test_a_queue_that_joins_and_refuses_has_not_been_received_from(
    troubled: TroubledQueue, caplog: pytest.LogCaptureFixture
) -> None:
    troubled.fail("receive", DENIED, times=4)
    daemon = daemon_of_several([worker_plan("web", ScriptedInvoker())], [])
    async with running(daemon):
        daemon.crew.add_queue(queue_plan("orders", troubled))
        await until(lambda: troubled.calls["receive"] == 4, within=200.0)
        assert "receiving" not in caplog.messages
        await until(lambda: "receiving" in caplog.messages)

    said = [event for event in caplog.messages if event in {"queue answers again", "receiving"}]
    assert said == ["queue answers again", "receiving"]


async def test_a_silent_queue_is_not_said_to_be_received_from(
    troubled: TroubledQueue, caplog: pytest.LogCaptureFixture
) -> None:
    troubled.delay["receive"] = 1_000.0
    async with running(daemon_of(troubled)):
        await asyncio.sleep(900.0)
        assert "receiving" not in caplog.messages
        await until(lambda: "receiving" in caplog.messages, within=200.0)


async def test_a_drain_before_the_first_answer_does_not_say_it(
    troubled: TroubledQueue, caplog: pytest.LogCaptureFixture
) -> None:
    troubled.delay["receive"] = 5.0
    async with running(daemon_of(troubled)):
        await asyncio.sleep(1.0)

    assert "draining" in caplog.messages
    assert "receiving" not in caplog.messages
