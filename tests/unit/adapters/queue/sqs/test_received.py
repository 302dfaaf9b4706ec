"""The messages of a receive's answer, odd ones among them."""

import json
import math
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.fast_json import read
from sqsd_adapters.queue.sqs.oddities import Oddities
from sqsd_adapters.queue.sqs.received import Odd, Received, received
from sqsd_adapters.queue.sqs.wire import MalformedAnswer, Shape
from sqsd_core.message import Message, MessageAttribute

BARE = {"MessageId": "m-1", "ReceiptHandle": "r-1", "Body": "{}"}
#: SQS: tab, line feed, carriage return, and all of XML 1.0's characters
BODIES = st.text(
    st.characters(min_codepoint=0x20, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\r"),
    min_size=1,
)
TEXT = {"DataType": "String", "StringValue": "v"}


def one(*, fifo: bool = False, **changes: Any) -> Message:
    """Read one message; nothing of it is odd."""
    [message], odd, _ = received({"Messages": [BARE | changes]}, fifo=fifo, at_most=10)
    assert not odd
    return message


def among_ten(odd: object, *, fifo: bool = False) -> Received:
    """Read ten messages, the fourth of which is odd."""
    raws: list[object] = [
        BARE | {"MessageId": f"m-{number}", "Attributes": {"MessageGroupId": f"g-{number}"}} for number in range(10)
    ]
    raws[3] = odd
    return received({"Messages": raws}, fifo=fifo, at_most=10)


def ids(messages: Sequence[Message]) -> list[str]:
    return [message.id for message in messages]


# What SQS writes


def test_a_message_with_nothing_but_the_necessary_is_a_first_delivery() -> None:
    message = one()
    assert (message.id, message.receipt, message.body, message.receive_count) == ("m-1", "r-1", "{}", 1)
    assert message.first_received_at is message.sent_at is None
    assert message.sender_id is message.group_id is None
    assert message.attributes == {}


def test_a_message_that_is_here_has_been_received_once_at_least() -> None:
    assert one(Attributes={"ApproximateReceiveCount": "0"}).receive_count == 1


def test_system_attributes_become_numbers_and_seconds() -> None:
    message = one(
        Attributes={
            "ApproximateReceiveCount": "3",
            "ApproximateFirstReceiveTimestamp": "1424260800500",
            "SentTimestamp": "1424260799000",
            "SenderId": "AIDA",
            "MessageGroupId": "g",
            "AWSTraceHeader": "Root=1-5759e988",
            "SequenceNumber": "18849496460467696128",
        },
        fifo=True,
    )
    assert message.receive_count == 3
    assert message.first_received_at == 1_424_260_800.5
    assert message.sent_at == 1_424_260_799.0
    assert (message.sender_id, message.group_id, message.trace_header) == ("AIDA", "g", "Root=1-5759e988")
    assert message.tenant_id is None


def test_the_group_of_a_standard_queue_makes_it_fair_and_orders_nothing() -> None:
    message = one(Attributes={"MessageGroupId": "tenant 7"})
    assert (message.group_id, message.tenant_id) == (None, "tenant 7")


@given(
    strings=st.dictionaries(st.text(min_size=1), st.text()),
    binaries=st.dictionaries(st.text(min_size=1), st.binary()),
    decoded=st.booleans(),
)
def test_message_attributes_survive_from_either_client(
    strings: dict[str, str], binaries: dict[str, bytes], *, decoded: bool
) -> None:
    raw: dict[str, Any] = {name: {"DataType": "String", "StringValue": text} for name, text in strings.items()}
    for name, octets in binaries.items():
        value = octets if decoded else b64encode(octets).decode()
        raw[name] = {"DataType": "Binary.gif", "BinaryValue": value}
    expected = {name: MessageAttribute(data_type="String", value=text) for name, text in strings.items()}
    expected |= {name: MessageAttribute(data_type="Binary.gif", value=octets) for name, octets in binaries.items()}
    assert one(MessageAttributes=raw).attributes == expected


@given(body=BODIES)
def test_a_body_survives_json(body: str) -> None:
    [message] = received(json.loads(json.dumps({"Messages": [BARE | {"Body": body}]})), fifo=False, at_most=10).messages
    assert message.body == body


@pytest.mark.parametrize("answer", [{}, {"Messages": []}, {"Messages": None}, {"ResponseMetadata": {}}])
def test_an_empty_receive_is_no_error(answer: Shape) -> None:
    assert received(answer, fifo=False, at_most=10).messages == []


# What it does not write


@pytest.mark.parametrize("fifo", [False, True])
@pytest.mark.parametrize(
    ("changes", "dropped"),
    [
        ({"Attributes": {"ApproximateReceiveCount": "many"}}, ["ApproximateReceiveCount"]),
        ({"Attributes": {"ApproximateReceiveCount": None}}, ["ApproximateReceiveCount"]),
        ({"Attributes": {"ApproximateReceiveCount": math.inf}}, ["ApproximateReceiveCount"]),
        ({"Attributes": {"SentTimestamp": "yesterday"}}, ["SentTimestamp"]),
        ({"Attributes": {"SentTimestamp": "9" * 400}}, ["SentTimestamp"]),
        ({"Attributes": {"SentTimestamp": "-1"}}, ["SentTimestamp"]),
        ({"Attributes": {"ApproximateFirstReceiveTimestamp": []}}, ["ApproximateFirstReceiveTimestamp"]),
        ({"Attributes": {"ApproximateFirstReceiveTimestamp": "1" * 20}}, ["ApproximateFirstReceiveTimestamp"]),
        ({"Attributes": {"SenderId": {}, "AWSTraceHeader": []}}, ["SenderId", "AWSTraceHeader"]),
        ({"Attributes": "none"}, ["Attributes"]),
        ({"MessageAttributes": "none"}, ["MessageAttributes"]),
        ({"MessageAttributes": {"good": TEXT, "bad": None}}, ["MessageAttributes.bad"]),
        ({"MessageAttributes": {"good": TEXT, "bad": {"DataType": "String"}}}, ["MessageAttributes.bad"]),
        ({"MessageAttributes": {"good": TEXT, "bad": TEXT | {"StringValue": None}}}, ["MessageAttributes.bad"]),
        ({"MessageAttributes": {"good": TEXT, "bad": TEXT | {"DataType": 1}}}, ["MessageAttributes.bad"]),
        (
            {"MessageAttributes": {"good": TEXT, "bad": {"DataType": "Binary", "BinaryValue": "é"}}},
            ["MessageAttributes.bad"],
        ),
    ],
)
def test_an_odd_message_runs_with_what_can_be_read_and_so_do_the_other_nine(
    changes: dict[str, Any], dropped: list[str], *, fifo: bool
) -> None:
    messages, odd, _ = among_ten(BARE | {"MessageId": "odd"} | changes, fifo=fifo)
    assert ids(messages) == ["m-0", "m-1", "m-2", "odd", *(f"m-{number}" for number in range(4, 10))]
    assert odd == [Odd(id="odd", dropped=dropped, runs=True)]
    assert messages[3].receive_count == 1
    if "good" in (changes.get("MessageAttributes") or ()):
        assert messages[3].attributes == {"good": MessageAttribute(data_type="String", value="v")}


@pytest.mark.parametrize(
    ("raw", "odd"),
    [
        (BARE | {"MessageId": "odd", "Body": None}, Odd(id="odd", dropped=["Body"], runs=False)),
        ({"MessageId": "odd", "ReceiptHandle": "r"}, Odd(id="odd", dropped=["Body"], runs=False)),
        (BARE | {"MessageId": "odd", "ReceiptHandle": 3}, Odd(id="odd", dropped=["ReceiptHandle"], runs=False)),
        (BARE | {"MessageId": "odd", "ReceiptHandle": ""}, Odd(id="odd", dropped=["ReceiptHandle"], runs=False)),
        (BARE | {"MessageId": "odd", "ReceiptHandle": "\ud800"}, Odd(id="odd", dropped=["ReceiptHandle"], runs=False)),
        (BARE | {"MessageId": []}, Odd(id="", dropped=["MessageId"], runs=False)),
        (BARE | {"MessageId": "\udfff"}, Odd(id="", dropped=["MessageId"], runs=False)),
        (None, Odd(id="", dropped=["MessageId", "ReceiptHandle", "Body"], runs=False)),
        ("text", Odd(id="", dropped=["MessageId", "ReceiptHandle", "Body"], runs=False)),
    ],
)
def test_a_message_that_cannot_run_is_left_in_the_queue_and_the_other_nine_run(raw: object, odd: Odd) -> None:
    messages, oddities, _ = among_ten(raw)
    assert ids(messages) == [f"m-{number}" for number in range(10) if number != 3]
    assert oddities == [odd]


def fifo_messages(*raws: tuple[str, object, str | None]) -> dict[str, Any]:
    return {
        "Messages": [
            BARE | {"MessageId": name, "Body": body, "Attributes": {"MessageGroupId": group}}
            for name, group, body in raws
        ]
    }


def test_on_a_fifo_queue_nothing_overtakes_a_message_of_its_group_that_cannot_run() -> None:
    answer = fifo_messages(("1", "a", "b"), ("2", "a", None), ("3", "a", "b"), ("4", "other", "b"), ("5", "a", "b"))
    messages, odd, _ = received(answer, fifo=True, at_most=10)
    assert ids(messages) == ["1", "4"]
    assert [(each.id, each.runs, each.dropped) for each in odd] == [
        ("2", False, ["Body"]),
        ("3", False, []),
        ("5", False, []),
    ]


def test_on_a_fifo_queue_nothing_overtakes_a_message_whose_group_cannot_be_read() -> None:
    answer = fifo_messages(("1", "a", "b"), ("2", {}, "b"), ("3", "a", "b"), ("4", "other", "b"))
    messages, odd, _ = received(answer, fifo=True, at_most=10)
    assert ids(messages) == ["1"]
    assert odd[0] == Odd(id="2", dropped=["MessageGroupId"], runs=False)


def test_on_a_standard_queue_the_same_messages_run() -> None:
    answer = fifo_messages(("1", "a", "b"), ("2", {}, "b"), ("3", "a", None), ("4", "a", "b"))
    assert ids(received(answer, fifo=False, at_most=10).messages) == ["1", "2", "4"]


def test_numbers_stand_for_texts_where_an_emulator_writes_them() -> None:
    changes = {
        "Attributes": {"MessageGroupId": 7, "SentTimestamp": 1_424_260_799_000, "ApproximateReceiveCount": 3},
        "MessageAttributes": {"n": {"DataType": "Number", "StringValue": 5}},
    }
    message = one(fifo=True, **changes)
    assert (message.group_id, message.sent_at, message.receive_count) == ("7", 1_424_260_799.0, 3)
    assert message.attributes["n"].value == "5"


@pytest.mark.parametrize("at_most", [1, 3, 10])
def test_messages_beyond_those_asked_for_are_left_in_the_queue(at_most: int) -> None:
    raws = [BARE | {"MessageId": f"m-{number}"} for number in range(500)]
    messages, odd, surplus = received({"Messages": raws}, fifo=False, at_most=at_most)
    assert ids(messages) == [f"m-{number}" for number in range(at_most)]
    assert (odd, surplus) == ([], 500 - at_most)


@pytest.mark.parametrize(
    "answer",
    [
        {"Messages": 3},
        {"Messages": "text"},
        {"Messages": {"0": BARE}},
        {"Messages": ["text"]},
        {"Messages": [{"Body": "no id", "ReceiptHandle": "r"}]},
        {"Messages": [BARE | {"MessageId": []}, None]},
    ],
)
def test_an_answer_without_any_message_of_sqs_is_no_receive(answer: Shape) -> None:
    with pytest.raises(MalformedAnswer):
        received(answer, fifo=False, at_most=10)


WHOLE = BARE | {
    "Attributes": {
        "ApproximateReceiveCount": "1",
        "ApproximateFirstReceiveTimestamp": "1424260800500",
        "SentTimestamp": "1424260799000",
        "SenderId": "AIDA",
        "MessageGroupId": "g",
        "AWSTraceHeader": "Root=1",
    },
    "MessageAttributes": {"text": TEXT, "bytes": {"DataType": "Binary", "BinaryValue": "AAA="}},
}
ODD_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.sampled_from(["9" * 5_000, 10**4_000, "\ud800", "", "\x1b[2J", "٣"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def mangled(draw: st.DrawFn) -> Any:
    """An answer in which something odd stands at any one place of each of some messages."""
    raws = [json.loads(json.dumps(WHOLE | {"MessageId": f"m-{number}"})) for number in range(draw(st.integers(1, 12)))]
    for index in draw(st.sets(st.sampled_from(range(len(raws))))):
        raws[index] = replaced(draw, raws[index])
    return {"Messages": raws}


def replaced(draw: st.DrawFn, shape: Any) -> Any:
    if not isinstance(shape, dict) or not draw(st.integers(0, 9)):
        return draw(ODD_VALUES)
    name = draw(st.sampled_from(sorted(shape)))
    return {**shape, name: replaced(draw, shape[name])}


@given(answer=mangled(), fifo=st.booleans(), at_most=st.integers(1, 10))
def test_whatever_is_answered_ends_as_messages_that_can_be_run_and_settled_or_as_malformed(
    answer: Any, *, fifo: bool, at_most: int
) -> None:
    shape = read(json.dumps(answer).encode())
    assert shape is not None
    try:
        messages, odd, surplus = received(shape, fifo=fifo, at_most=at_most)
    except MalformedAnswer:
        return
    Oddities(clock=SystemClock()).say(odd, surplus=surplus)
    for message in messages:
        assert message.id.encode()
        assert message.receipt.encode()
        assert message.receive_count >= 1
        assert isinstance(message.body, str)
        for text in (message.group_id, message.tenant_id, message.sender_id, message.trace_header):
            assert text is None or isinstance(text, str)
        for instant in (message.first_received_at, message.sent_at):
            assert instant is None or 0 <= instant < 253_402_300_800
        for attribute in message.attributes.values():
            assert isinstance(attribute.data_type, str)
            assert isinstance(attribute.value, str | bytes)
    asked = answer["Messages"][:at_most]
    whole = [raw for number, raw in enumerate(asked) if raw == WHOLE | {"MessageId": f"m-{number}"}]
    if not fifo:
        assert len(messages) >= len(whole)
    assert len(messages) + sum(not each.runs for each in odd) + surplus == len(answer["Messages"])
