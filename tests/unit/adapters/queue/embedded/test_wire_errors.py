"""How errors look on the wire, in both protocols."""

import json
from xml.etree import ElementTree as ET

import pytest

from sqsd_adapters.queue.embedded.answers import failed_entry
from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError
from sqsd_adapters.queue.embedded.json_dialect import JsonDialect
from sqsd_adapters.queue.embedded.query_dialect import NAMESPACE, QueryDialect

NO_QUEUE = SqsError(ErrorCode.QUEUE_DOES_NOT_EXIST, "The specified queue does not exist.")


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_has_a_type_a_code_for_the_older_protocol_and_a_status(code: ErrorCode) -> None:
    reply = JsonDialect().refusal(SqsError(code, "why"), request_id="r")
    body = json.loads(reply.body)
    namespace, _, name = body["__type"].partition("#")
    assert namespace.startswith("com.amazon")
    assert name
    assert body["message"] == "why"
    query_code, _, fault = reply.headers["x-amzn-query-error"].partition(";")
    assert query_code.isascii()
    assert query_code[-1].isalnum()
    assert fault == ("Sender" if reply.status < 500 else "Receiver")


@pytest.mark.parametrize("code", ErrorCode)
def test_both_protocols_name_an_error_alike(code: ErrorCode) -> None:
    error = SqsError(code, "why")
    as_json, as_xml = JsonDialect().refusal(error, request_id="r"), QueryDialect().refusal(error, request_id="r")
    root = ET.fromstring(as_xml.body)
    names = {"q": NAMESPACE}
    query_code = as_json.headers["x-amzn-query-error"]
    assert f"{root.findtext('q:Error/q:Code', '', names)};{root.findtext('q:Error/q:Type', '', names)}" == query_code
    assert as_xml.status == as_json.status
    assert root.findtext("q:RequestId", "", names) == "r"


def test_a_missing_queue_is_reported_as_sqs_does() -> None:
    reply = JsonDialect().refusal(NO_QUEUE, request_id="r")
    assert reply.status == 400
    assert reply.headers == {"x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender"}
    assert json.loads(reply.body) == {
        "__type": "com.amazonaws.sqs#QueueDoesNotExist",
        "message": "The specified queue does not exist.",
    }


def test_the_older_protocol_adds_its_wsdl_version_to_a_missing_queue() -> None:
    reply = QueryDialect().refusal(NO_QUEUE, request_id="r")
    assert b"<Message>The specified queue does not exist for this wsdl version.</Message>" in reply.body


def test_an_error_that_quotes_the_request_is_still_xml() -> None:
    reply = QueryDialect().refusal(SqsError(ErrorCode.INVALID_PARAMETER, "<a>&\x00\x1b\r\ud800"), request_id="r")
    root = ET.fromstring(reply.body)
    assert root.findtext("q:Error/q:Message", "", {"q": NAMESPACE}) == "<a>&\ufffd\ufffd\r\ufffd"


def test_an_internal_error_of_an_entry_is_not_the_senders_fault() -> None:
    assert failed_entry("1", SqsError(ErrorCode.INTERNAL_ERROR, "why"))["SenderFault"] is False
    assert failed_entry("1", SqsError(ErrorCode.INVALID_PARAMETER, "why"))["SenderFault"] is True
