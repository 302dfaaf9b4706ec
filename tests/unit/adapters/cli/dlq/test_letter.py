"""A dead letter to a line of JSON, and to an entry that is sent."""

import json
from typing import Any

import pytest

from sqsd_adapters.cli.dlq.letter import ORIGINAL, DeadLetter
from sqsd_adapters.errors import ConfigurationError


def letter(**fields: Any) -> DeadLetter:
    return DeadLetter.parse({"MessageId": "m-1", "ReceiptHandle": "secret", "Body": "hello", **fields})


def string(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def test_a_line_can_be_read_again_and_holds_no_receipt_handle() -> None:
    line = letter(Attributes={"SentTimestamp": "1000"}, MessageAttributes={"kind": string("a")}).json_line()
    assert "secret" not in line
    assert DeadLetter.parse(json.loads(line)).json_line() == line


def test_the_id_under_which_it_failed_is_kept_in_an_attribute() -> None:
    entry = letter(MessageAttributes={"kind": string("a")}).entry("0", fifo=False)
    assert entry["MessageAttributes"] == {"kind": string("a"), ORIGINAL: string("m-1")}


def test_a_second_redrive_keeps_the_first_id() -> None:
    again = letter(MessageAttributes={ORIGINAL: string("m-0")})
    assert again.entry("0", fifo=False)["MessageAttributes"] == {ORIGINAL: string("m-0")}
    assert again.original_id == "m-0"


def test_a_message_with_ten_attributes_gets_no_eleventh() -> None:
    ten = {f"a{number}": string("x") for number in range(10)}
    assert letter(MessageAttributes=ten).entry("0", fifo=False)["MessageAttributes"] == ten


def test_a_binary_attribute_is_sent_as_its_bytes() -> None:
    entry = letter(MessageAttributes={"b": {"DataType": "Binary", "BinaryValue": "AAE="}}).entry("0", fifo=False)
    assert entry["MessageAttributes"]["b"] == {"DataType": "Binary", "BinaryValue": b"\x00\x01"}


def test_the_trace_and_the_group_go_along() -> None:
    entry = letter(Attributes={"AWSTraceHeader": "Root=1", "MessageGroupId": "g"}).entry("0", fifo=False)
    assert entry["MessageSystemAttributes"] == {"AWSTraceHeader": string("Root=1")}
    assert entry["MessageGroupId"] == "g"
    assert "MessageDeduplicationId" not in entry


def test_on_a_fifo_queue_a_repeated_send_has_the_same_deduplication_id() -> None:
    attributes = {"MessageGroupId": "g", "MessageDeduplicationId": "old"}
    first = letter(Attributes=attributes).entry("0", fifo=True)["MessageDeduplicationId"]
    assert first == letter(Attributes=attributes).entry("7", fifo=True)["MessageDeduplicationId"]
    assert first != "old"


@pytest.mark.parametrize("change", [{"Body": "edited"}, {"MessageId": "m-2"}])
def test_an_edited_message_and_one_that_failed_again_have_another_deduplication_id(change: dict[str, str]) -> None:
    first = letter().entry("0", fifo=True)["MessageDeduplicationId"]
    assert letter(**change).entry("0", fifo=True)["MessageDeduplicationId"] != first


@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"Body": ""},
        {"Body": 1},
        {"Body": "x", "Attributes": []},
        {"Body": "x", "MessageAttributes": {"a": "b"}},
        {"Body": "x", "MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": "?"}}},
    ],
)
def test_what_is_no_message_is_refused(shape: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        DeadLetter.parse(shape).entry("0", fifo=False)
