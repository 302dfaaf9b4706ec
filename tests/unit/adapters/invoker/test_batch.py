"""The event of a batch as AWS Lambda has it, and what its answer means."""

import json
from typing import Any

import pytest

from sqsd_adapters.invoker import batch
from sqsd_adapters.invoker.batch import LISTED, EventSource
from sqsd_core.message import Message, MessageAttribute, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, RetryLater, Succeeded

SOURCE = EventSource(arn="arn:aws:sqs:eu-west-1:123456789012:orders.fifo", region="eu-west-1")
OK = Succeeded()


def message(number: int = 1, **fields: Any) -> Message:
    fields = {"body": "hello", **fields}
    return Message(id=MessageId(f"m-{number}"), receipt=ReceiptHandle("r-secret"), **fields)


THREE = [message(1), message(2), message(3)]


def record_of(one: Message) -> dict[str, Any]:
    [record] = json.loads(batch.event([one], source=SOURCE))["Records"]
    found: dict[str, Any] = record
    return found


def test_a_record_is_that_of_lambda() -> None:
    whole = message(
        receive_count=2,
        sent_at=1_545_082_649.183,
        first_received_at=1_545_082_650.636,
        sender_id="AIDAIENQZJOLO23YVJ4VO",
        group_id="red",
        trace_header="Root=1-5759e988-bd862e3fe1be46a994272793",
        attributes={
            "Kind": MessageAttribute(data_type="String", value="order"),
            "Photo": MessageAttribute(data_type="Binary.png", value=b"\x89PNG"),
        },
        sequence_number="18849496460467696128",
        deduplication_id="dedup",
    )
    assert record_of(whole) == {
        "messageId": "m-1",
        "receiptHandle": "m-1:2",
        "body": "hello",
        "attributes": {
            "ApproximateReceiveCount": "2",
            "SentTimestamp": "1545082649183",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1545082650636",
            "SequenceNumber": "18849496460467696128",
            "MessageGroupId": "red",
            "MessageDeduplicationId": "dedup",
            "AWSTraceHeader": "Root=1-5759e988-bd862e3fe1be46a994272793",
        },
        "messageAttributes": {
            "Kind": {"stringValue": "order", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
            "Photo": {
                "binaryValue": "iVBORw==",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "Binary.png",
            },
        },
        "md5OfBody": "5d41402abc4b2a76b9719d911017c592",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:orders.fifo",
        "awsRegion": "eu-west-1",
    }


def test_the_receipt_handle_is_not_in_the_event() -> None:
    assert b"r-secret" not in batch.event(THREE, source=SOURCE)


@pytest.mark.parametrize("body", ["grün 🧀", '"quoted"\n', "\x00", "\ud800"])
def test_any_body_is_carried_as_it_is(body: str) -> None:
    event = batch.event([message(body=body)], source=SOURCE)

    assert json.loads(event.decode("utf-8", "surrogatepass"))["Records"][0]["body"] == body


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b" \r\n",
        b"null",
        b'""',
        b"{}",
        b'{"batchItemFailures": []}',
        b'{"batchItemFailures": null}',
        b'{"batchItemFailures": [], "statusCode": 200}',
    ],
)
def test_nothing_and_no_failures_are_a_success_of_all(answer: bytes) -> None:
    assert batch.outcomes(answer, THREE) == [OK, OK, OK]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"ok", "it is no JSON"),
        (b"\xff", "it is no JSON"),
        (b'{"batchItemFailures": [{"itemIdentifier": "m-1"', "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"true", "it has no batchItemFailures"),
        (b"[]", "it has no batchItemFailures"),
        (b'"ok"', "it has no batchItemFailures"),
        (b'{"batchItemFailure": []}', "it has no batchItemFailures"),
        (b'{"batchItemFailures": "m-1"}', "batchItemFailures is no list"),
        (b'{"batchItemFailures": {"itemIdentifier": "m-1"}}', "batchItemFailures is no list"),
        (b'{"batchItemFailures": ["m-1"]}', "an itemIdentifier names no message of the batch"),
        (b'{"batchItemFailures": [{"itemIdentifier": ""}]}', "an itemIdentifier names no message of the batch"),
        (b'{"batchItemFailures": [{"itemIdentifier": null}]}', "an itemIdentifier names no message of the batch"),
        (b'{"batchItemFailures": [{"itemIdentifier": "m-9"}]}', "an itemIdentifier names no message of the batch"),
        (b'{"batchItemFailures": [{"itemIdentifer": "m-1"}]}', "an itemIdentifier names no message of the batch"),
        (b'{"batchItemFailures": [{"itemIdentifier": ["m-1"]}]}', "an itemIdentifier names no message of the batch"),
    ],
)
def test_an_answer_that_is_not_understood_fails_all_of_them(answer: bytes, why: str) -> None:
    assert batch.outcomes(answer, THREE) == [Failed(f"the answer is no batch response: {why}")] * 3


def test_those_that_are_listed_fail_and_the_others_succeed() -> None:
    answer = b'{"batchItemFailures": [{"itemIdentifier": "m-3"}, {"itemIdentifier": "m-1"}, {"itemIdentifier": "m-3"}]}'

    assert batch.outcomes(answer, THREE) == [Failed(LISTED), OK, Failed(LISTED)]


NO_DELAY = Failed(f"{LISTED}, delaySeconds is no number of seconds")


@pytest.mark.parametrize(
    ("delay", "outcome"),
    [
        ("30", RetryLater(30.0, LISTED)),
        ("0.5", RetryLater(0.5, LISTED)),
        ("0", RetryLater(0.0, LISTED)),
        ("1e300", RetryLater(43_200.0, LISTED)),
        ("-1", NO_DELAY),
        ("1e400", RetryLater(43_200.0, LISTED)),
        ("NaN", NO_DELAY),
        ("true", NO_DELAY),
        ("null", NO_DELAY),
        ('"30"', NO_DELAY),
        ("9" * 400, NO_DELAY),
    ],
)
def test_an_item_may_ask_for_its_delay(delay: str, outcome: Outcome) -> None:
    answer = f'{{"batchItemFailures": [{{"itemIdentifier": "m-2", "delaySeconds": {delay}}}]}}'

    assert batch.outcomes(answer.encode(), THREE) == [OK, outcome, OK]


def test_the_name_of_a_batch_is_the_same_in_each_attempt() -> None:
    retried = [one._replace(receive_count=2) for one in THREE]

    assert batch.batch_id(THREE) == batch.batch_id(retried)
    assert batch.batch_id(THREE) != batch.batch_id(THREE[:2])
