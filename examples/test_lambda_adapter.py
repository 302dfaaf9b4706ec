"""A handler for Lambda runs in the daemon's flow."""

from typing import Any

import pytest

from examples import lambda_adapter
from sqsd import Message, MessageAttribute, MessageId, ReceiptHandle
from sqsd_adapters.testing import EmbeddedQueue, work_off
from sqsd_core import DaemonOptions


def handler(event: dict[str, Any], _context: None) -> dict[str, Any]:
    """Report the records whose body is "bad" as failed."""
    failed = [record["messageId"] for record in event["Records"] if record["body"] == "bad"]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


@pytest.mark.parametrize("batch_size", [1, 10])
async def test_a_reported_failure_comes_back_and_all_else_is_deleted(
    monkeypatch: pytest.MonkeyPatch, batch_size: int
) -> None:
    monkeypatch.setenv("LAMBDA_HANDLER", f"{__name__}.handler")
    options = DaemonOptions(batch_size=batch_size, error_visibility_timeout=0.0, error_visibility_timeout_max=0.0)
    queue = EmbeddedQueue(max_receive_count=2)
    queue.send("good")
    queue.send("bad")
    board = await work_off(queue, lambda_adapter.run, options=options)
    assert board.outcomes == {"Succeeded": 1, "Failed": 2}
    assert queue.dead_letters == ["bad"]


def test_a_record_has_the_form_of_lambda() -> None:
    message = Message(
        id=MessageId("m-1"),
        receipt=ReceiptHandle("secret"),
        body="hello",
        receive_count=2,
        sent_at=1_424_260_800.5,
        attributes={"kind": MessageAttribute(data_type="String", value="x")},
    )
    [record] = lambda_adapter.event_of([message])["Records"]
    assert record["attributes"] == {"ApproximateReceiveCount": "2", "SentTimestamp": "1424260800500"}
    assert record["messageAttributes"]["kind"]["stringValue"] == "x"
    assert record["md5OfBody"] == "5d41402abc4b2a76b9719d911017c592"
    assert "secret" not in str(record)
