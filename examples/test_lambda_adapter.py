"""A handler for Lambda runs in the daemon's flow."""

from collections.abc import Iterator
from typing import Any

import pytest

from examples import lambda_adapter
from sqsd import Message, MessageAttribute, MessageId, ReceiptHandle
from sqsd_adapters.testing import EmbeddedQueue, work_off
from sqsd_core import DaemonOptions

SEEN: list[dict[str, Any]] = []


def handler(event: dict[str, Any], _context: None) -> dict[str, Any]:
    """Report the records whose body is "bad" as failed."""
    SEEN.append(event)
    failed = [record["messageId"] for record in event["Records"] if record["body"] == "bad"]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


@pytest.fixture(autouse=True)
def _adapter(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LAMBDA_HANDLER", f"{__name__}.handler")
    monkeypatch.setenv("QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/123456789012/orders")
    yield
    SEEN.clear()
    lambda_adapter.source.cache_clear()


def message(body: str = "hello", **fields: Any) -> Message:  # noqa: ANN401 - those of Message
    return Message(id=MessageId("m-1"), receipt=ReceiptHandle("secret"), body=body, receive_count=2, **fields)


@pytest.mark.parametrize("batch_size", [1, 10])
async def test_a_reported_failure_comes_back_and_all_else_is_deleted(batch_size: int) -> None:
    options = DaemonOptions(batch_size=batch_size, error_visibility_timeout=0.0, error_visibility_timeout_max=0.0)
    queue = EmbeddedQueue(max_receive_count=2)
    queue.send("good")
    queue.send("bad")
    board = await work_off(queue, lambda_adapter.run, options=options)
    assert board.outcomes == {"Succeeded": 1, "Failed": 2}
    assert queue.dead_letters == ["bad"]


def test_a_record_has_the_form_of_lambda() -> None:
    kind = MessageAttribute(data_type="String", value="x")
    lambda_adapter.run(message(sent_at=1_424_260_800.5, attributes={"kind": kind}))
    [record] = SEEN[0]["Records"]
    assert record["attributes"] == {"ApproximateReceiveCount": "2", "SentTimestamp": "1424260800500"}
    assert record["messageAttributes"]["kind"]["stringValue"] == "x"
    assert record["md5OfBody"] == "5d41402abc4b2a76b9719d911017c592"
    assert "secret" not in str(record)


def test_a_record_names_the_queue_and_its_region() -> None:
    lambda_adapter.run([message()])
    [record] = SEEN[0]["Records"]
    assert record["eventSourceARN"] == "arn:aws:sqs:eu-west-1:123456789012:orders"
    assert record["awsRegion"] == "eu-west-1"


def test_a_record_names_no_queue_without_its_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUEUE_URL")
    lambda_adapter.run([message()])
    [record] = SEEN[0]["Records"]
    assert (record["eventSourceARN"], record["awsRegion"]) == ("", "")


def test_a_body_that_utf_8_cannot_encode_reaches_the_handler() -> None:
    lambda_adapter.run([message("\ud800")])
    assert SEEN[0]["Records"][0]["body"] == "\ud800"
