"""What the parameters of a call mean."""

import pytest

from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError
from sqsd_adapters.queue.embedded.parameters import message_attributes, sending, string_map
from sqsd_core.message import MessageAttribute


def test_attributes_are_text_or_base64() -> None:
    assert message_attributes(
        {
            "text": {"DataType": "String", "StringValue": "x"},
            "raw": {"DataType": "Binary", "BinaryValue": "AP8="},
        }
    ) == {
        "text": MessageAttribute(data_type="String", value="x"),
        "raw": MessageAttribute(data_type="Binary", value=b"\x00\xff"),
    }


@pytest.mark.parametrize(
    "given",
    [
        ["a"],
        {"a": "x"},
        {"a": {}},
        {"a": {"DataType": 7, "StringValue": "x"}},
        {"a": {"DataType": "String", "StringValue": 7}},
        {"a": {"DataType": "Binary", "BinaryValue": "no base64"}},
        {"a": {"DataType": "Binary", "BinaryValue": 7}},
        {"a": {"DataType": "String.\ud800", "StringValue": "x"}},
    ],
)
def test_attributes_of_another_shape_are_malformed(given: object) -> None:
    with pytest.raises(SqsError) as caught:
        message_attributes(given)
    assert caught.value.code is ErrorCode.MALFORMED


def test_a_system_attribute_that_no_sender_may_give_is_refused() -> None:
    system = {"SenderId": {"DataType": "String", "StringValue": "me"}}
    with pytest.raises(SqsError, match="'SenderId' is invalid") as caught:
        sending({"MessageBody": "x", "MessageSystemAttributes": system})
    assert caught.value.code is ErrorCode.INVALID_PARAMETER


@pytest.mark.parametrize(
    "header",
    [
        {"DataType": "Binary", "BinaryValue": "AP8="},
        {"DataType": "Number", "StringValue": "1"},
        {"DataType": "String", "StringValue": ""},
        {"DataType": "String", "StringValue": "\ud800"},
    ],
)
def test_a_trace_header_is_a_string(header: object) -> None:
    with pytest.raises(SqsError) as caught:
        sending({"MessageBody": "x", "MessageSystemAttributes": {"AWSTraceHeader": header}})
    assert caught.value.code is ErrorCode.INVALID_PARAMETER


@pytest.mark.parametrize("given", [{"a": 1}, {"a": None}, {"a": "\ud800"}, {"\ud800": "a"}, ["a"]])
def test_a_map_whose_keys_and_values_are_no_strings_of_utf8_is_malformed(given: object) -> None:
    with pytest.raises(SqsError) as caught:
        string_map({"Tags": given}, "Tags")
    assert caught.value.code is ErrorCode.MALFORMED


@pytest.mark.parametrize("delay", ["5", 5.0, True])
def test_a_delay_that_is_no_whole_number_is_malformed(delay: object) -> None:
    with pytest.raises(SqsError) as caught:
        sending({"MessageBody": "x", "DelaySeconds": delay})
    assert caught.value.code is ErrorCode.MALFORMED
