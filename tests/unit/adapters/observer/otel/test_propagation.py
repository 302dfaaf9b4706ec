"""Contexts out of messages, and into requests."""

from collections.abc import Mapping

import pytest
from opentelemetry import baggage, context, trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from sqsd_adapters.observer.otel.propagation import EMPTY, context_of, onward, xray_context, xray_header
from sqsd_core import Message, MessageAttribute, MessageId, ReceiptHandle

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
XRAY = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
OURS = SpanContext(int("a" * 32, 16), int("b" * 16, 16), is_remote=False, trace_flags=TraceFlags(1))


def message(trace_header: str | None = None, **attributes: str) -> Message:
    return Message(
        id=MessageId("1"),
        receipt=ReceiptHandle("r"),
        body="",
        trace_header=trace_header,
        attributes={name: MessageAttribute(data_type="String", value=value) for name, value in attributes.items()},
    )


def sender(message: Message) -> str:
    span = trace.get_current_span(context_of(message)).get_span_context()
    return f"{span.trace_id:032x}-{span.span_id:016x}" if span.is_valid else ""


def test_the_sender_is_in_the_attribute_traceparent_however_it_is_written() -> None:
    assert sender(message(traceparent=TRACEPARENT)) == f"{TRACE}-{PARENT}"
    assert sender(message(Traceparent=TRACEPARENT)) == f"{TRACE}-{PARENT}"


def test_the_sender_is_in_the_trace_header_of_aws() -> None:
    assert sender(message(XRAY)) == "5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8"


def test_traceparent_counts_before_the_trace_header() -> None:
    assert sender(message(XRAY, traceparent=TRACEPARENT)) == f"{TRACE}-{PARENT}"


@pytest.mark.parametrize(
    "attributes", [{}, {"traceparent": "junk"}, {"traceparent": f"00-{'0' * 32}-{PARENT}-01"}, {"baggage": "%zz;;=,"}]
)
def test_a_message_without_a_valid_context_has_no_sender(attributes: Mapping[str, str]) -> None:
    assert sender(message(**attributes)) == ""


def test_state_and_baggage_come_along() -> None:
    found = context_of(message(traceparent=TRACEPARENT, tracestate="vendor=1", baggage="tenant=7"))
    assert trace.get_current_span(found).get_span_context().trace_state.get("vendor") == "1"
    assert baggage.get_all(found) == {"tenant": "7"}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Root=1-5759e988-bd862e3fe1be46a994272793",
        "Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=short",
        "Root=2-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
    ],
)
def test_a_trace_header_that_names_no_parent_is_no_context(header: str) -> None:
    assert xray_context(header) is None


@pytest.mark.parametrize(("sampled", "flag"), [("Sampled=1", 1), ("Sampled=0", 0), ("Sampled=?", 0)])
def test_the_trace_header_says_whether_it_is_sampled(sampled: str, flag: int) -> None:
    found = xray_context(f"Root=1-5759e988-bd862e3fe1be46a994272793; Parent=53995c3f42cd8ad8; {sampled}")
    assert found is not None
    assert found.trace_flags == flag


def test_a_trace_header_is_written_as_it_is_read() -> None:
    found = xray_context(XRAY)
    assert found is not None
    assert xray_header(found) == XRAY


def test_the_request_has_the_current_context_in_place_of_the_senders() -> None:
    headers = [(b"Content-Type", b"text/plain"), (b"traceparent", TRACEPARENT.encode()), (b"tracestate", b"vendor=1")]
    token = context.attach(trace.set_span_in_context(NonRecordingSpan(OURS), baggage.set_baggage("tenant", "7", EMPTY)))
    try:
        sent = onward([*headers, (b"X-Amzn-Trace-Id", XRAY.encode()), (b"baggage", b"old=1")])
    finally:
        context.detach(token)
    assert dict(sent)[b"traceparent"] == b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01"
    assert dict(sent)[b"baggage"] == b"tenant=7"
    assert dict(sent)[b"X-Amzn-Trace-Id"] == b"Root=1-aaaaaaaa-" + b"a" * 24 + b";Parent=" + b"b" * 16 + b";Sampled=1"
    assert len(sent) == len({name.lower() for name, _ in sent})


def test_without_a_span_the_senders_context_is_passed_on() -> None:
    headers = [(b"traceparent", TRACEPARENT.encode())]
    assert onward(headers) == headers
