"""Section 3 of the contract as tables; row 12 of the fault matrix."""

import re
import tracemalloc
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.invoker.http.head import MessageHeaders
from sqsd_adapters.invoker.http.wire import (
    MAX_HEADERS,
    MAX_VALUE,
    LeftOut,
    message_headers,
    size,
    static_headers,
)
from sqsd_adapters.transport.exchange import block, pairs
from sqsd_core.message import Message, MessageAttribute, MessageId, Notification, ReceiptHandle

NOW = datetime(2015, 2, 18, 12, 0, 0, tzinfo=UTC).timestamp()
SUCCESS = frozenset(range(200, 300))
TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
SENDABLE = re.compile(rb"(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?")


def message(**fields: object) -> Message:
    return Message(id=MessageId("m-1"), receipt=ReceiptHandle("secret"), body="{}", **fields)  # type: ignore[arg-type] # as given


def text(value: str, data_type: str = "String") -> MessageAttribute:
    return MessageAttribute(data_type=data_type, value=value)


def headers_of(message: Message) -> dict[bytes, bytes]:
    headers, _ = message_headers(message, deadline=NOW + 60)
    names = [name.lower() for name, _ in headers]
    assert len(names) == len(set(names))
    return dict(headers)


def test_a_message_without_extras_has_the_least_headers() -> None:
    assert headers_of(message()) == {
        b"X-Aws-Sqsd-Msgid": b"m-1",
        b"X-Aws-Sqsd-Receive-Count": b"1",
        b"X-Sqsd-Deadline": b"2015-02-18T12:01:00Z",
    }


def test_what_sqs_says_of_a_message_becomes_headers() -> None:
    full = message(
        receive_count=3,
        first_received_at=NOW + 0.999,
        sent_at=NOW - 1,
        sender_id="AIDA",
        group_id="customer 7",
        trace_header="Root=1-5759e988-bd862e3fe1be46a994272793",
    )
    assert headers_of(full) == {
        b"X-Aws-Sqsd-Msgid": b"m-1",
        b"X-Aws-Sqsd-Receive-Count": b"3",
        b"X-Aws-Sqsd-First-Received-At": b"2015-02-18T12:00:00Z",
        b"X-Aws-Sqsd-Sent-At": b"2015-02-18T11:59:59Z",
        b"X-Aws-Sqsd-Sender-Id": b"AIDA",
        b"X-Sqsd-Group-Id": b"customer 7",
        b"X-Amzn-Trace-Id": b"Root=1-5759e988-bd862e3fe1be46a994272793",
        b"X-Sqsd-Deadline": b"2015-02-18T12:01:00Z",
    }


def test_the_group_of_a_fair_queue_is_told_like_that_of_a_fifo_queue() -> None:
    assert headers_of(message(tenant_id="tenant 7"))[b"X-Sqsd-Group-Id"] == b"tenant 7"


def test_what_sns_says_of_a_message_becomes_headers() -> None:
    headers = headers_of(message(notification=Notification(topic_arn="arn:t", message_id="sns-1", subject="Grüße\t")))
    assert headers[b"X-Sqsd-Sns-Topic-Arn"] == b"arn:t"
    assert headers[b"X-Sqsd-Sns-Message-Id"] == b"sns-1"
    assert headers[b"X-Sqsd-Sns-Subject"] == b"Gr%C3%BC%C3%9Fe"


def test_a_notification_without_a_subject_has_no_header_of_it() -> None:
    headers = headers_of(message(notification=Notification(topic_arn="arn:t", message_id="sns-1")))
    assert b"X-Sqsd-Sns-Subject" not in headers


@pytest.mark.parametrize(
    ("subject", "left_out"),
    [
        ("a\r\nX-Admin: yes", LeftOut(invalid=["X-Sqsd-Sns-Subject"])),
        ("x" * (MAX_VALUE + 1), LeftOut(oversized=["X-Sqsd-Sns-Subject"])),
    ],
)
def test_a_subject_that_no_header_can_carry_is_left_out_and_named(subject: str, left_out: LeftOut) -> None:
    notification = Notification(topic_arn="arn:t", message_id="sns-1", subject=subject)
    headers, named = message_headers(message(notification=notification), deadline=NOW)
    assert b"X-Sqsd-Sns-Subject" not in dict(headers)
    assert named == left_out


def test_what_sns_says_counts_for_the_size_of_all_headers() -> None:
    notification = Notification(topic_arn="t" * MAX_VALUE, message_id="i" * MAX_VALUE, subject="s" * 100)
    headers, left_out = message_headers(message(notification=notification), deadline=NOW)
    assert size(headers) < MAX_HEADERS
    assert left_out == LeftOut(oversized=["X-Sqsd-Sns-Topic-Arn"])


@pytest.mark.parametrize("data_type", ["String", "Number", "String.uuid", "Number.int"])
def test_an_attribute_of_text_becomes_a_header(data_type: str) -> None:
    headers = headers_of(message(attributes={"Kind.of_job-1": text("7", data_type)}))
    assert headers[b"X-Aws-Sqsd-Attr-Kind.of_job-1"] == b"7"


@pytest.mark.parametrize("data_type", ["Binary", "Binary.png", "string", ""])
def test_an_attribute_of_another_type_is_no_header_and_no_complaint(data_type: str) -> None:
    attributes = {"a": MessageAttribute(data_type=data_type, value=b"\0"), "b": text("x", data_type)}
    headers, left_out = message_headers(message(attributes=attributes), deadline=NOW)
    assert not any(b"Attr" in name for name, _ in headers)
    assert left_out == LeftOut()


def test_the_attributes_of_periodic_tasks_are_never_forwarded() -> None:
    attributes = {"beanstalk.sqsd.path": text("/cron"), "beanstalk.sqsd.anything": text("x")}
    assert not any(b"beanstalk" in name for name in headers_of(message(attributes=attributes)))


def test_a_periodic_task_tells_its_path_its_name_and_its_time() -> None:
    attributes = {
        "beanstalk.sqsd.path": text("/cron"),
        "beanstalk.sqsd.task_name": text("report"),
        "beanstalk.sqsd.scheduled_time": text("2015-08-12 21:46:21 UTC"),
    }
    headers = headers_of(message(attributes=attributes))
    assert headers[b"X-Aws-Sqsd-Path"] == b"/cron"
    assert headers[b"X-Aws-Sqsd-Taskname"] == b"report"
    assert headers[b"X-Aws-Sqsd-Scheduled-At"] == b"2015-08-12T21:46:21Z"


def test_a_message_with_a_path_alone_tells_its_path_alone() -> None:
    attributes = {"beanstalk.sqsd.path": text("/cron"), "beanstalk.sqsd.task_name": text("report")}
    headers = headers_of(message(attributes=attributes))
    assert headers[b"X-Aws-Sqsd-Path"] == b"/cron"
    assert b"X-Aws-Sqsd-Taskname" not in headers


def test_a_scheduled_time_that_cannot_be_read_is_left_out_and_named() -> None:
    attributes = {"beanstalk.sqsd.scheduled_time": text("next week")}
    headers, left_out = message_headers(message(attributes=attributes), deadline=NOW)
    assert b"X-Aws-Sqsd-Scheduled-At" not in dict(headers)
    assert left_out == LeftOut(unreadable=["beanstalk.sqsd.scheduled_time"])


def test_trace_context_is_passed_on_under_its_own_names() -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = headers_of(
        message(attributes={"traceparent": text(trace), "tracestate": text("a=b"), "baggage": text("c=d")})
    )
    assert headers[b"traceparent"] == trace.encode()
    assert headers[b"tracestate"] == b"a=b"
    assert headers[b"baggage"] == b"c=d"
    assert headers[b"X-Aws-Sqsd-Attr-traceparent"] == trace.encode()


def test_the_receipt_handle_is_never_sent() -> None:
    assert b"secret" not in headers_of(message()).values()


@pytest.mark.parametrize("name", ["Host", "Content-Length", "Transfer-Encoding", "n" * 256])
def test_an_attribute_cannot_become_another_header(name: str) -> None:
    headers = headers_of(message(attributes={name: text("evil")}))
    assert headers[b"X-Aws-Sqsd-Attr-" + name.encode()] == b"evil"
    assert name.encode() not in headers


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nHost: x", "é", "a\0", "a\n", '"'])
def test_an_attribute_whose_name_is_no_token_is_left_out(name: str) -> None:
    headers, left_out = message_headers(message(attributes={name: text("x"), "ok": text("y")}), deadline=NOW)
    expected = [] if name == "" else [name]
    assert left_out.invalid == (expected or [""])
    assert dict(headers)[b"X-Aws-Sqsd-Attr-ok"] == b"y"


@pytest.mark.parametrize("value", ["a\rb", "a\nb", "a\r\nX-Evil: 1", "\n", "a\0", "é\n"])
def test_a_value_that_would_end_its_header_is_left_out(value: str) -> None:
    headers, left_out = message_headers(
        message(attributes={"a": text(value)}, sender_id=value, group_id=value, trace_header=value), deadline=NOW
    )
    assert left_out.invalid == ["X-Aws-Sqsd-Sender-Id", "X-Sqsd-Group-Id", "X-Amzn-Trace-Id", "a"]
    assert {name for name, _ in headers} == {
        b"X-Aws-Sqsd-Msgid",
        b"X-Aws-Sqsd-Receive-Count",
        b"X-Sqsd-Deadline",
    }


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("plain", b"plain"),
        ("100%", b"100%"),
        ("", b""),
        ("  blanks around  ", b"blanks around"),
        ("käse", b"k%C3%A4se"),
        ("🧀 50%", b"%F0%9F%A7%80 50%25"),
        ("tab\tbell\a", b"tab%09bell%07"),
        ("\x7f", b"%7F"),
        ("\x85", b"%C2%85"),
        ("\ud800", b"%ED%A0%80"),
    ],
)
def test_a_value_beyond_visible_ascii_is_percent_encoded(value: str, sent: bytes) -> None:
    assert headers_of(message(attributes={"a": text(value)}))[b"X-Aws-Sqsd-Attr-a"] == sent


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=10), st.text(max_size=20))
def test_no_text_breaks_out_of_its_header(attributes: dict[str, str], other: str) -> None:
    hostile = message(
        attributes={name: text(value) for name, value in attributes.items()},
        sender_id=other,
        group_id=other,
        trace_header=other,
    )
    headers, left_out = message_headers(hostile, deadline=NOW)
    for name, value in headers:
        assert TOKEN.fullmatch(name)
        assert SENDABLE.fullmatch(value)
    sent = [name for name in attributes if b"X-Aws-Sqsd-Attr-" + name.encode("utf-8", "replace") in dict(headers)]
    assert {*sent, *left_out.invalid} >= {name for name in attributes if not name.startswith("beanstalk.sqsd.")}


@given(st.text().filter(lambda value: not set(value) & set("\r\n\0") and not value.isascii()))
def test_an_encoded_value_decodes_to_the_original(value: str) -> None:
    sent = headers_of(message(attributes={"a": text(value)}))[b"X-Aws-Sqsd-Attr-a"]
    assert unquote(sent.decode(), errors="surrogatepass") == value.strip(" \t")


@pytest.mark.parametrize("value", ["x" * (MAX_VALUE + 1), "語" * (MAX_VALUE // 9 + 1), "語" * 349_525])
def test_a_value_that_is_too_long_for_a_header_is_left_out(value: str) -> None:
    headers, left_out = message_headers(message(attributes={"long": text(value), "ok": text("y")}), deadline=NOW)
    assert left_out == LeftOut(oversized=["long"])
    assert dict(headers)[b"X-Aws-Sqsd-Attr-ok"] == b"y"


def test_a_value_of_the_greatest_length_is_sent() -> None:
    value = "x" * MAX_VALUE
    assert headers_of(message(attributes={"a": text(value)}))[b"X-Aws-Sqsd-Attr-a"] == value.encode()


def test_of_a_mebibyte_no_byte_is_encoded() -> None:
    cjk = message(attributes={"long": text("語" * 349_525)})
    tracemalloc.start()
    message_headers(cjk, deadline=NOW)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000


def test_where_all_headers_are_too_long_the_largest_attributes_are_left_out() -> None:
    lengths = {"small": 100, "largest": 8_000, "second": 7_000, "third": 6_000}
    attributes = {name: text("x" * length) for name, length in lengths.items()}
    headers, left_out = message_headers(message(attributes=attributes), deadline=NOW, static=1_000)
    assert left_out == LeftOut(oversized=["largest"])
    assert size(headers) + 1_000 <= MAX_HEADERS
    _, left_out = message_headers(message(attributes=attributes), deadline=NOW, static=9_000)
    assert left_out == LeftOut(oversized=["largest", "second"])


def test_trace_context_counts_as_an_attribute_where_headers_are_too_long() -> None:
    attributes = {"tracestate": text("x" * 8_000), "small": text("y")}
    headers, left_out = message_headers(message(attributes=attributes), deadline=NOW, static=9_000)
    assert left_out.oversized == ["tracestate", "tracestate"]
    assert [value for name, value in headers if b"Attr" in name] == [b"y"]


TEXT = (
    st.none() | st.sampled_from(["AIDA", "customer 7", " padded ", "ü", "a\r\nX-Evil: 1", "x" * MAX_VALUE]) | st.text()
)
INSTANT = st.none() | st.floats(min_value=0.0, max_value=2 * NOW)


@given(
    st.builds(
        message,
        receive_count=st.integers(1, 9),
        first_received_at=INSTANT,
        sent_at=INSTANT,
        sender_id=TEXT,
        group_id=TEXT,
        tenant_id=TEXT,
        trace_header=TEXT,
        attributes=st.just({}) | st.dictionaries(st.text(max_size=9), st.builds(text, st.text(max_size=9)), max_size=3),
        notification=st.none() | st.just(Notification("arn", "id", "subject")),
    ),
    st.text(max_size=36),
)
def test_headers_are_written_as_their_pairs_say(plain: Message, message_id: str) -> None:
    told, static = plain._replace(id=MessageId(message_id)), [(b"X-Own", b"a: b")]
    written, left_out = MessageHeaders(static).write(told, NOW + 60)
    headers, expected = message_headers(told, NOW + 60, size(static))
    assert sorted(pairs(written)) == sorted([*static, *headers])
    assert written == block(pairs(written))
    assert left_out == expected


def test_what_every_request_carries_is_built_once() -> None:
    headers = static_headers(
        queue_name="jobs.fifo",
        content_type="application/json",
        version="1.2.3",
        headers=[("Authorization", "Bearer t")],
    )
    assert headers == [
        (b"Content-Type", b"application/json"),
        (b"User-Agent", b"aws-sqsd/1.2.3"),
        (b"X-Aws-Sqsd-Queue", b"jobs.fifo"),
        (b"Authorization", b"Bearer t"),
    ]


@pytest.mark.parametrize(("name", "value"), [("a b", "x"), ("Key", "s3cret\r\nX: 1"), ("Key", "s3cret é")])
def test_a_static_header_that_cannot_be_sent_is_refused_without_showing_it(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="cannot be sent") as caught:
        static_headers(queue_name="q", content_type="text/plain", version="1", headers=[(name, value)])
    assert "s3cret" not in str(caught.value)
