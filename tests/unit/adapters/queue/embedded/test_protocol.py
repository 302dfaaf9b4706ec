"""How errors and values look on the wire."""

import pytest

from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError
from sqsd_adapters.queue.embedded.protocol import error_answer, failed_entry, message_attributes
from sqsd_core.message import MessageAttribute


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_has_a_type_a_code_for_the_older_protocol_and_a_status(code: ErrorCode) -> None:
    status, headers, body = error_answer(SqsError(code, "why"))
    namespace, _, name = body["__type"].partition("#")
    assert namespace.startswith("com.amazon")
    assert name
    assert body["message"] == "why"
    query_code, _, fault = headers["x-amzn-query-error"].partition(";")
    assert query_code.isascii()
    assert query_code[-1].isalnum()
    assert fault == ("Sender" if status < 500 else "Receiver")


def test_a_missing_queue_is_reported_as_sqs_does() -> None:
    assert error_answer(SqsError(ErrorCode.QUEUE_DOES_NOT_EXIST, "The specified queue does not exist.")) == (
        400,
        {"x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender"},
        {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "The specified queue does not exist."},
    )


def test_an_internal_error_of_an_entry_is_not_the_senders_fault() -> None:
    assert failed_entry("1", SqsError(ErrorCode.INTERNAL_ERROR, "why"))["SenderFault"] is False
    assert failed_entry("1", SqsError(ErrorCode.INVALID_PARAMETER, "why"))["SenderFault"] is True


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
    "given", [["a"], {"a": "x"}, {"a": {}}, {"a": {"DataType": "Binary", "BinaryValue": "no base64"}}]
)
def test_attributes_of_another_shape_are_malformed(given: object) -> None:
    with pytest.raises(SqsError) as caught:
        message_attributes(given)
    assert caught.value.code is ErrorCode.MALFORMED
