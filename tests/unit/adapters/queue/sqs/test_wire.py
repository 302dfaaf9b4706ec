"""SQS's shapes to ours and back."""

import json
import math
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.queue.sqs import wire
from sqsd_core.message import MessageAttribute, ReceiptHandle
from sqsd_core.ports.queue import MAX_VISIBILITY, FailedEntry, VisibilityChange

URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
BARE = {"MessageId": "m-1", "ReceiptHandle": "r-1", "Body": "{}"}
#: SQS: tab, line feed, carriage return, and all of XML 1.0's characters
BODIES = st.text(
    st.characters(min_codepoint=0x20, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\r"),
    min_size=1,
)


def receipts(count: int) -> list[ReceiptHandle]:
    return [ReceiptHandle(f"r-{index}") for index in range(count)]


def received(*, fifo: bool = False, **changes: Any) -> Any:
    [message] = wire.messages({"Messages": [BARE | changes]}, fifo=fifo)
    return message


@given(max_messages=st.integers(-3, 30), wait=st.floats(-1, 100), visibility=st.floats(-1, 100_000))
def test_a_receive_stays_within_what_sqs_accepts(max_messages: int, wait: float, visibility: float) -> None:
    request = wire.receive_request(URL, max_messages=max_messages, wait=wait, visibility=visibility)
    assert 1 <= request["MaxNumberOfMessages"] <= 10
    assert 0 <= request["WaitTimeSeconds"] <= 20
    assert 0 <= request["VisibilityTimeout"] <= 43_200


def test_a_receive_asks_for_all_attributes() -> None:
    request = wire.receive_request(URL, max_messages=1, wait=0, visibility=1)
    assert request["MessageSystemAttributeNames"] == request["MessageAttributeNames"] == ["All"]


def test_only_a_receive_with_an_attempt_names_it() -> None:
    plain = wire.receive_request(URL, max_messages=1, wait=0, visibility=1)
    named = wire.receive_request(URL, max_messages=1, wait=0, visibility=1, attempt_id="a-1")
    assert "ReceiveRequestAttemptId" not in plain
    assert named == plain | {"ReceiveRequestAttemptId": "a-1"}


@pytest.mark.parametrize(("seconds", "whole"), [(0.0, 0), (-5.0, 0), (0.1, 1), (60.0, 60), (1e9, 43_200)])
def test_seconds_are_rounded_up_and_end_at_twelve_hours(seconds: float, whole: int) -> None:
    assert wire.whole_seconds(seconds, at_most=MAX_VISIBILITY) == whole


def test_a_message_with_nothing_but_the_necessary_is_a_first_delivery() -> None:
    message = received()
    assert (message.id, message.receipt, message.body, message.receive_count) == ("m-1", "r-1", "{}", 1)
    assert message.first_received_at is message.sent_at is message.sender_id is message.group_id is None
    assert message.attributes == {}


def test_a_message_that_is_here_has_been_received_once_at_least() -> None:
    assert received(Attributes={"ApproximateReceiveCount": "0"}).receive_count == 1


def test_system_attributes_become_numbers_and_seconds() -> None:
    message = received(
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
    message = received(Attributes={"MessageGroupId": "tenant 7"})
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
    assert received(MessageAttributes=raw).attributes == expected


@given(body=BODIES)
def test_a_body_survives_json(body: str) -> None:
    [message] = wire.messages(json.loads(json.dumps({"Messages": [BARE | {"Body": body}]})), fifo=False)
    assert message.body == body


@pytest.mark.parametrize("answer", [{}, {"Messages": []}, {"Messages": None}, {"ResponseMetadata": {}}])
def test_an_empty_receive_is_no_error(answer: wire.Shape) -> None:
    assert wire.messages(answer, fifo=False) == []


@pytest.mark.parametrize(
    "answer",
    [
        {"Messages": 3},
        {"Messages": ["text"]},
        {"Messages": [{"MessageId": "m-1", "Body": "b"}]},
        {"Messages": [BARE | {"MessageId": []}]},
        {"Messages": [BARE | {"Body": 3}]},
        {"Messages": [BARE | {"Attributes": {"ApproximateReceiveCount": "many"}}]},
        {"Messages": [BARE | {"Attributes": {"ApproximateReceiveCount": math.inf}}]},
        {"Messages": [BARE | {"Attributes": {"SentTimestamp": "9" * 400}}]},
        {"Messages": [BARE | {"Attributes": {"MessageGroupId": {}}}]},
        {"Messages": [BARE | {"MessageAttributes": {"a": {"DataType": 1, "StringValue": "v"}}}]},
        {"Messages": [BARE | {"MessageAttributes": {"a": {"DataType": "String"}}}]},
    ],
)
def test_an_answer_of_another_shape_is_no_receive(answer: wire.Shape) -> None:
    with pytest.raises(wire.MalformedAnswer):
        wire.messages(answer, fifo=False)


def test_a_delete_names_each_entry_by_its_place() -> None:
    assert wire.delete_request(URL, receipts(2)) == {
        "QueueUrl": URL,
        "Entries": [{"Id": "0", "ReceiptHandle": "r-0"}, {"Id": "1", "ReceiptHandle": "r-1"}],
    }


def test_a_change_of_visibility_carries_whole_seconds() -> None:
    request = wire.visibility_request(URL, [VisibilityChange(receipt=ReceiptHandle("r-0"), timeout=1.2)])
    assert request["Entries"] == [{"Id": "0", "ReceiptHandle": "r-0", "VisibilityTimeout": 2}]


@given(st.lists(st.sampled_from(["done", "ours", "theirs", "throttled", "passed over"]), max_size=10))
def test_a_batch_is_told_apart_entry_by_entry(fates: list[str]) -> None:
    answer: dict[str, list[dict[str, Any]]] = {"Successful": [], "Failed": []}
    expected = []
    codes = {"ours": "ReceiptHandleIsInvalid", "theirs": "InternalError", "throttled": "RequestThrottled"}
    for index, fate in enumerate(fates):
        if fate == "done":
            answer["Successful"].append({"Id": str(index)})
            continue
        code = codes.get(fate, "Unanswered")
        if fate != "passed over":
            answer["Failed"].append({"Id": str(index), "Code": code, "SenderFault": fate in {"ours", "throttled"}})
        receipt = ReceiptHandle(f"r-{index}")
        expected.append(FailedEntry(receipt=receipt, code=code, retryable=fate != "ours"))
    assert wire.failed(answer, receipts(len(fates))) == expected


@pytest.mark.parametrize("answer", [{"Failed": 3}, {"Failed": [{}]}, {"Successful": ["0"]}])
def test_an_answer_of_another_shape_is_no_batch(answer: wire.Shape) -> None:
    with pytest.raises(wire.MalformedAnswer):
        wire.failed(answer, receipts(1))


@pytest.mark.parametrize("limit", [5, "5"])
def test_a_description_counts_and_knows_the_redrive_limit(limit: object) -> None:
    description = wire.description(
        {
            "Attributes": {
                "ApproximateNumberOfMessages": "7",
                "ApproximateNumberOfMessagesNotVisible": "2",
                "ApproximateNumberOfMessagesDelayed": "1",
                "RedrivePolicy": json.dumps({"deadLetterTargetArn": "arn", "maxReceiveCount": limit}),
            }
        }
    )
    assert (description.visible, description.in_flight, description.delayed) == (7, 2, 1)
    assert description.max_receive_count == 5


def test_a_queue_without_attributes_is_empty_and_never_redrives() -> None:
    description = wire.description({})
    assert (description.visible, description.in_flight, description.delayed) == (0, 0, 0)
    assert description.max_receive_count is None


@pytest.mark.parametrize("policy", ["not json", "[]", '{"maxReceiveCount": "many"}', '{"maxReceiveCount": 1e999}'])
def test_a_redrive_policy_of_another_shape_is_no_description(policy: str) -> None:
    with pytest.raises(wire.MalformedAnswer):
        wire.description({"Attributes": {"RedrivePolicy": policy}})
