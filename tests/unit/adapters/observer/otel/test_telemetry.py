"""Spans and metrics of a daemon in virtual time, with the SDK's exporters in memory."""

import asyncio
import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from opentelemetry import baggage, trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from sqsd_adapters.invoker.envelope.sns import unwrapped
from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.observer.otel import Destination, Telemetry
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import EPOCH, LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import running, until
from sqsd_core import (
    Daemon,
    DaemonOptions,
    Ending,
    Failed,
    Message,
    MessageAttribute,
    MessageId,
    Outcome,
    Plan,
    QueueUnavailable,
    ReceiptHandle,
    Retained,
    RetryLater,
    Succeeded,
    Unavailable,
)
from tests.support.telemetry import Memory

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SENT = {
    "traceparent": MessageAttribute(data_type="String", value=f"00-{TRACE}-{PARENT}-01"),
    "baggage": MessageAttribute(data_type="String", value="tenant=7"),
}
URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs"
DESTINATION = Destination(name="jobs", url=URL, host="sqs.eu-central-1.amazonaws.com")
COMMON = {
    "messaging.system": "aws_sqs",
    "messaging.destination.name": "jobs",
    "server.address": "sqs.eu-central-1.amazonaws.com",
}


class Traced:
    """Runs messages through a traced daemon; ``inside`` is what a job sees of its context."""

    def __init__(
        self,
        *,
        parent: bool = False,
        duration: float = 1.0,
        opened: Callable[[Message], Message] | None = None,
    ) -> None:
        self.memory = Memory()
        self.queue = EmbeddedQueue(clock=LoopClock())
        self.inside: list[tuple[int, Any]] = []
        self._duration = duration
        self._telemetry = Telemetry(providers=self.memory, clock=LoopClock(), parent=parent)
        self._telemetry.join("", DESTINATION, opened=opened)

    async def run(self, *outcomes: Outcome, slots: int = 1) -> list[ReadableSpan]:
        """Run until every message has been tried as often as there are outcomes; returns the spans of jobs."""
        script = dict.fromkeys(self.queue.bodies, outcomes or (Succeeded(),))
        invoker = ScriptedInvoker(script, duration=self._duration, before=self._look)
        tries = len(self.queue.bodies) * max(1, len(outcomes))
        async with self._telemetry, running(self._daemon(invoker, slots)):
            await until(lambda: len(self.memory.spans("process")) >= tries)
        return self.memory.spans("process")

    async def cut(self) -> list[ReadableSpan]:
        """Drain while a job runs, and let the drain end before the job."""
        invoker = ScriptedInvoker(duration=1e6, before=self._look)
        async with self._telemetry, running(self._daemon(invoker, 1)):
            await until(lambda: bool(self.inside))
        return self.memory.spans("process")

    def _daemon(self, invoker: ScriptedInvoker, slots: int) -> Daemon:
        clock = LoopClock()
        return Daemon(
            plan=Plan.of_one(
                queue=self.queue,
                invoker=invoker,
                lock_store=MemoryLockStore(clock=clock),
                options=DaemonOptions(slots=slots, wait_time=1.0, error_visibility_timeout=2.0, drain_timeout=5.0),
            ),
            clock=clock,
            random=Random(0).random,
            instance="test",
            observers=[self._telemetry],
        )

    async def _look(self, message: Message) -> None:
        await asyncio.sleep(0)
        span = trace.get_current_span().get_span_context()
        self.inside.append((span.span_id, baggage.get_all().get("tenant")))


async def test_a_job_is_a_span_of_its_queue_with_the_names_of_the_conventions() -> None:
    traced = Traced()
    message_id = traced.queue.send("job")
    [span] = await traced.run()
    assert (span.name, span.kind) == ("process jobs", SpanKind.CONSUMER)
    assert span.attributes == {
        **COMMON,
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.message.id": message_id,
        "aws.sqs.queue.url": URL,
        "sqsd.receive_count": 1,
        "sqsd.outcome": "Succeeded",
    }
    assert span.status.status_code is StatusCode.UNSET


async def test_a_span_lasts_as_long_as_its_job_and_not_while_the_message_waits() -> None:
    traced = Traced(duration=10.0)
    for body in ("one", "two"):
        traced.queue.send(body)
    spans = await traced.run()
    lasted = [((span.end_time or 0) - (span.start_time or 0)) / 1e9 for span in spans]
    assert lasted == pytest.approx([10.0, 10.0], abs=0.1)
    assert (spans[0].start_time or 0) / 1e9 == pytest.approx(EPOCH, abs=1)


async def test_the_span_links_to_the_sender() -> None:
    traced = Traced()
    traced.queue.send("job", attributes=SENT)
    [span] = await traced.run()
    [link] = span.links
    assert f"{link.context.trace_id:032x}-{link.context.span_id:016x}" == f"{TRACE}-{PARENT}"
    assert span.parent is None
    assert f"{span.context.trace_id:032x}" != TRACE


def enveloped(**attributes: str) -> str:
    """A message as SNS delivers it."""
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": "n-1",
            "TopicArn": "arn:aws:sns:eu-west-1:123456789012:orders",
            "Message": "job",
            "MessageAttributes": {name: {"Type": "String", "Value": value} for name, value in attributes.items()},
        }
    )


@pytest.mark.parametrize(
    "attributes",
    [
        {"traceparent": f"00-{TRACE}-{PARENT}-01"},
        {"AWSTraceHeader": f"Root=1-{TRACE[:8]}-{TRACE[8:]};Parent={PARENT};Sampled=1"},
    ],
)
@pytest.mark.parametrize("parent", [False, True])
async def test_the_context_in_the_envelope_of_sns_is_the_senders(attributes: dict[str, str], *, parent: bool) -> None:
    traced = Traced(parent=parent, opened=lambda message: unwrapped(message).message)
    traced.queue.send(enveloped(**attributes))
    [span] = await traced.run()
    sender = span.parent if parent else span.links[0].context
    assert sender is not None
    assert f"{sender.trace_id:032x}-{sender.span_id:016x}" == f"{TRACE}-{PARENT}"


async def test_a_queue_without_envelopes_reads_none() -> None:
    traced = Traced()
    traced.queue.send(enveloped(traceparent=f"00-{TRACE}-{PARENT}-01"))
    [span] = await traced.run()
    assert span.links == ()


async def test_with_parent_the_span_continues_the_senders_trace() -> None:
    traced = Traced(parent=True)
    traced.queue.send("job", attributes=SENT)
    [span] = await traced.run()
    assert span.links == ()
    assert span.parent is not None
    assert f"{span.context.trace_id:032x}-{span.parent.span_id:016x}" == f"{TRACE}-{PARENT}"


@pytest.mark.parametrize("parent", [False, True])
async def test_a_message_without_a_sender_begins_a_trace(parent: bool) -> None:
    traced = Traced(parent=parent)
    traced.queue.send("job")
    [span] = await traced.run()
    assert (span.parent, span.links) == (None, ())


async def test_the_span_is_current_while_its_job_runs_and_has_the_senders_baggage() -> None:
    traced = Traced()
    for number in range(6):
        traced.queue.send(str(number), attributes=SENT if number % 2 else {})
    spans = await traced.run(slots=3)
    assert {span.context.span_id for span in spans} == {span_id for span_id, _ in traced.inside}
    assert sorted(tenant or "" for _, tenant in traced.inside) == ["", "", "", "7", "7", "7"]


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (Failed("status 500"), "500"),
        (Failed("time limit of 60 s"), "Failed"),
        (Unavailable("connection refused"), "Unavailable"),
    ],
)
async def test_a_failure_is_an_error_of_a_kind_with_its_next_try(outcome: Outcome, kind: str) -> None:
    traced = Traced()
    traced.queue.send("job")
    failed, retried = await traced.run(outcome, Succeeded())
    assert failed.attributes is not None
    assert failed.attributes["error.type"] == kind
    assert failed.attributes["sqsd.next_try_in"] == pytest.approx(2.0, abs=2.0)
    assert failed.status.status_code is StatusCode.ERROR
    assert retried.attributes is not None
    assert retried.attributes["sqsd.receive_count"] == 2


@pytest.mark.parametrize("outcome", [RetryLater(5.0), Retained()])
async def test_what_a_job_asked_for_is_no_error(outcome: Outcome) -> None:
    traced = Traced()
    traced.queue.send("job")
    [span] = await traced.run(outcome)
    assert span.attributes is not None
    assert "error.type" not in span.attributes
    assert span.attributes["sqsd.outcome"] == type(outcome).__name__


async def test_a_job_that_the_drain_cut_off_is_an_error() -> None:
    traced = Traced()
    traced.queue.send("job")
    [span] = await traced.cut()
    assert span.attributes is not None
    assert span.attributes["error.type"] == "cancelled"


async def test_a_receive_that_brought_messages_is_a_span_with_their_number() -> None:
    traced = Traced()
    for number in range(3):
        traced.queue.send(str(number))
    await traced.run(slots=3)
    [span] = traced.memory.spans("receive")
    assert (span.name, span.kind) == ("receive jobs", SpanKind.CLIENT)
    assert span.attributes == {
        **COMMON,
        "messaging.operation.name": "receive",
        "messaging.operation.type": "receive",
        "messaging.batch.message_count": 3,
        "aws.sqs.queue.url": URL,
    }


async def test_jobs_are_measured_by_queue_and_by_error() -> None:
    traced = Traced()
    traced.queue.send("job")
    await traced.run(Failed("status 500"), Succeeded())
    process = {**COMMON, "messaging.operation.name": "process", "messaging.operation.type": "process"}
    points = traced.memory.points("messaging.process.duration")
    assert sorted(points, key=str) == sorted([(process, 1), ({**process, "error.type": "500"}, 1)], key=str)
    [(_, consumed)] = traced.memory.points("messaging.client.consumed.messages")
    assert consumed == 2


async def test_calls_to_sqs_are_measured_and_deletions_and_failures_are_spans() -> None:
    memory = Memory()
    async with Telemetry(providers=memory, clock=LoopClock()) as telemetry:
        telemetry.join("", DESTINATION)
        telemetry.called("", "ReceiveMessage", 20.0, None)
        telemetry.called("", "DeleteMessageBatch", 0.5, None)
        telemetry.called("", "ChangeMessageVisibilityBatch", 0.1, None)
        telemetry.called("", "ReceiveMessage", 0.1, QueueUnavailable("no"))
        telemetry.called("", "GetQueueAttributes", 0.1, None)
    deleted, failed = memory.spans()
    assert (deleted.name, failed.name) == ("delete jobs", "receive jobs")
    assert deleted.attributes is not None
    assert deleted.attributes["messaging.operation.type"] == "settle"
    assert (deleted.end_time or 0) - (deleted.start_time or 0) == 500_000_000
    assert failed.attributes is not None
    assert failed.attributes["error.type"] == "QueueUnavailable"
    measured = memory.points("messaging.client.operation.duration")
    assert len(measured) == 4
    assert sum(count for _, count in measured) == 4


async def test_no_span_is_current_in_a_slot_between_two_messages() -> None:
    message = Message(id=MessageId("1"), receipt=ReceiptHandle("r"), body="")
    async with Telemetry(providers=Memory(), clock=LoopClock()) as telemetry:
        telemetry.join("", DESTINATION)
        telemetry.started("", message, EPOCH)
        assert trace.get_current_span().get_span_context().is_valid
        telemetry.settled("", message, Succeeded(), Ending(0.5, None, last=False))
        assert not trace.get_current_span().get_span_context().is_valid
