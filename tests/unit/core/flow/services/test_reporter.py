"""The summary: soon after the first job, each minute of work, each five minutes of none, and always with the reason."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core.errors import QueueUnavailable
from sqsd_core.flow.options import DaemonOptions
from tests.support.troubled_queue import TroubledQueue

OPTIONS = DaemonOptions(slots=2, wait_time=10.0)


@pytest.fixture(autouse=True)
def _heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def summaries(caplog: pytest.LogCaptureFixture) -> list[Mapping[str, Any]]:
    return [vars(record) for record in caplog.records if record.message == "summary"]


async def test_an_idle_daemon_says_every_five_minutes_that_the_queue_is_empty(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(make_daemon(queue=queue, invoker=ScriptedInvoker(), options=OPTIONS)):
        await asyncio.sleep(910.0)

    lines = summaries(caplog)
    assert len(lines) == 3
    assert {line["nothing_received"] for line in lines} == {"queue empty"}
    assert [line["receives"] for line in lines] == pytest.approx([30, 60, 90], abs=2)
    assert [line["empty_receives"] for line in lines] == [line["receives"] for line in lines]


async def test_the_first_job_is_reported_within_seconds(queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture) -> None:
    async with running(make_daemon(queue=queue, invoker=ScriptedInvoker(duration=30.0), options=OPTIONS)):
        await asyncio.sleep(100.0)
        queue.send("first")
        await asyncio.sleep(29.0)
        assert not any(line.get("succeeded") for line in summaries(caplog))
        await until(lambda: "succeeded" in summaries(caplog)[-1], within=7.0)

    line = summaries(caplog)[-1]
    assert (line["received"], line["succeeded"], line["in_flight"]) == (1, 1, 0)
    assert "nothing_received" not in line


async def test_work_is_reported_once_per_minute(queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(1_200):
        queue.send(str(number))
    async with running(make_daemon(queue=queue, invoker=ScriptedInvoker(duration=1.0), options=OPTIONS)):
        await until(lambda: queue.is_empty, within=900.0)

    assert 10 <= len(summaries(caplog)) <= 12


async def test_what_keeps_messages_away_is_named(queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture) -> None:
    troubled = TroubledQueue(queue)
    troubled.fail("receive", QueueUnavailable("SQS does not answer (timed out)"), times=1_000)
    async with running(make_daemon(queue=troubled, invoker=ScriptedInvoker(), options=OPTIONS)):
        await asyncio.sleep(310.0)

    (line,) = summaries(caplog)
    assert line["closed"] == "queue_unavailable"
    assert line["nothing_received"] == "the queue does not answer: SQS does not answer (timed out)"


async def test_receives_that_hang_are_not_taken_for_an_empty_queue(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    troubled = TroubledQueue(queue)
    troubled.delay["receive"] = 1_000.0
    async with running(make_daemon(queue=troubled, invoker=ScriptedInvoker(), options=OPTIONS)):
        await asyncio.sleep(310.0)

    (line,) = summaries(caplog)
    assert line["nothing_received"] == "no receive was answered"


async def test_troubles_that_were_withheld_are_said_though_they_are_over(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    queue.send("long")
    troubled = TroubledQueue(queue)
    troubled.fail("change_visibility", QueueUnavailable("throttled"), times=4)
    options = DaemonOptions(invoker_timeout=600.0, visibility_timeout=30.0, wait_time=1.0)
    async with running(make_daemon(queue=troubled, invoker=ScriptedInvoker(duration=200.0), options=options)):
        await until(lambda: queue.is_empty, within=300.0)

    counts = [vars(record)["count"] for record in caplog.records if record.message == "ChangeMessageVisibility failed"]
    assert counts == [1, 3]
