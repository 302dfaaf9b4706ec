"""The spans of batches: one per invocation, which links to the senders of all messages."""

import asyncio
from collections.abc import Sequence

import pytest
from opentelemetry import baggage, trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from sqsd_adapters.observer.otel import Destination, Telemetry
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core import DaemonOptions, Failed, Message, MessageAttribute, Outcome, RetryLater, Succeeded
from tests.support.telemetry import Memory


def sent(number: int) -> dict[str, MessageAttribute]:
    """The context of a sender of its own."""
    return {
        "traceparent": MessageAttribute(data_type="String", value=f"00-{number:032x}-{number:016x}-01"),
        "baggage": MessageAttribute(data_type="String", value=f"tenant={number}"),
    }


class Traced:
    """Runs batches through a traced daemon; ``inside`` is what jobs see of their context."""

    def __init__(self, *, parent: bool = False, duration: float = 1.0) -> None:
        self.memory = Memory()
        self.queue = EmbeddedQueue(clock=LoopClock())
        self.answers: dict[str, Outcome] = {}
        self.inside: list[tuple[int, object]] = []
        self._duration = duration
        self._telemetry = Telemetry(providers=self.memory, clock=LoopClock(), parent=parent)
        self._telemetry.join("", Destination(name="jobs"))

    async def invoke(self, message: Message) -> Outcome:
        raise AssertionError(f"{message!r} came outside a batch")

    async def invoke_batch(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        self.inside.append((trace.get_current_span().get_span_context().span_id, baggage.get_all().get("tenant")))
        await asyncio.sleep(self._duration)
        return [self.answers.get(message.body, Succeeded()) for message in messages]

    async def run(self) -> ReadableSpan:
        """Run until the first batch has ended, and drain; a job that still runs then is cut off."""
        options = DaemonOptions(
            batch_size=10, wait_time=1.0, drain_timeout=2.0, error_visibility_timeout=60.0, visibility_timeout=300.0
        )
        daemon = make_daemon(queue=self.queue, invoker=self, options=options, observers=[self._telemetry])
        async with self._telemetry, running(daemon):
            await until(lambda: bool(self.inside))
            await asyncio.sleep(min(self._duration, 5.0))
        [span] = self.memory.spans("process")
        return span


@pytest.mark.parametrize("parent", [False, True])
async def test_a_batch_is_one_span_that_links_to_each_sender(*, parent: bool) -> None:
    traced = Traced(parent=parent)
    ids = [traced.queue.send(f"m{number}", attributes=sent(number)) for number in (1, 2, 3)]
    ids.append(traced.queue.send("without a sender"))
    span = await traced.run()
    assert (span.name, span.kind, span.parent) == ("process jobs", SpanKind.CONSUMER, None)
    assert [(link.context.trace_id, link.context.span_id) for link in span.links] == [(1, 1), (2, 2), (3, 3)]
    assert [dict(link.attributes or {}) for link in span.links] == [
        {"messaging.message.id": message_id, "sqsd.receive_count": 1} for message_id in ids[:3]
    ]
    assert span.attributes == {
        "messaging.system": "aws_sqs",
        "messaging.destination.name": "jobs",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.batch.message_count": 4,
    }
    assert span.status.status_code is StatusCode.UNSET
    assert not span.events


async def test_the_span_of_a_batch_is_current_in_its_job_without_the_baggage_of_any_sender() -> None:
    traced = Traced()
    for number in (1, 2):
        traced.queue.send(f"m{number}", attributes=sent(number))
    span = await traced.run()
    assert traced.inside == [(span.context.span_id, None)]
    assert not trace.get_current_span().get_span_context().is_valid


async def test_a_message_that_is_not_deleted_is_an_event_and_a_failure_makes_the_span_an_error() -> None:
    traced = Traced()
    traced.answers = {"bad": Failed("status 500"), "later": RetryLater(30.0)}
    ids = {body: traced.queue.send(body) for body in ("good", "bad", "later")}
    span = await traced.run()
    assert [event.name for event in span.events] == ["sqsd.message.not_deleted"] * 2
    bad, later = (dict(event.attributes or {}) for event in span.events)
    assert bad == {
        "messaging.message.id": ids["bad"],
        "sqsd.receive_count": 1,
        "sqsd.outcome": "Failed",
        "sqsd.next_try_in": 60.0,
        "error.type": "500",
    }
    assert (later["messaging.message.id"], later["sqsd.outcome"]) == (ids["later"], "RetryLater")
    assert "error.type" not in later
    assert span.attributes is not None
    assert span.attributes["error.type"] == "500"
    assert span.status.description == "1 of 3 messages: status 500"


async def test_a_retry_that_the_job_asked_for_is_no_error() -> None:
    traced = Traced()
    traced.answers = {"later": RetryLater(30.0)}
    for body in ("good", "later"):
        traced.queue.send(body)
    assert (await traced.run()).status.status_code is StatusCode.UNSET


@pytest.mark.parametrize("parent", [False, True])
async def test_a_batch_of_one_message_is_traced_as_a_single_message(*, parent: bool) -> None:
    traced = Traced(parent=parent)
    message_id = traced.queue.send("job", attributes=sent(7))
    span = await traced.run()
    sender = span.parent if parent else span.links[0].context
    assert sender is not None
    assert (sender.trace_id, traced.inside[0][1]) == (7, "7")
    assert span.attributes is not None
    assert span.attributes["messaging.message.id"] == message_id
    assert "messaging.batch.message_count" not in span.attributes


async def test_a_batch_that_the_drain_cut_off_is_an_error_with_its_messages() -> None:
    traced = Traced(duration=1e6)
    for number in range(3):
        traced.queue.send(str(number))
    span = await traced.run()
    assert span.attributes is not None
    assert span.attributes["error.type"] == "cancelled"
    assert len(span.events) == 3


async def test_a_batch_is_measured_once_and_lasts_as_long_as_its_job() -> None:
    traced = Traced(duration=4.0)
    for number in range(3):
        traced.queue.send(str(number))
    span = await traced.run()
    [(_, count)] = traced.memory.points("messaging.process.duration")
    assert count == 1
    assert ((span.end_time or 0) - (span.start_time or 0)) / 1e9 == pytest.approx(4.0, abs=0.1)
