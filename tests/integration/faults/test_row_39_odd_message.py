"""Row 39: one of ten messages is not written as SQS writes it."""

import json
from typing import Any

import pytest

from tests.support.command import CREDENTIALS, command
from tests.support.ledger import Ledger
from tests.support.recording_worker import RecordingWorker
from tests.support.scripted_sqs import Asked, Reply, ScriptedSqs, answer
from tests.support.stage import within

pytestmark = pytest.mark.integration

TEXT = {"DataType": "String", "StringValue": "v"}


class TenMessages(ScriptedSqs):
    """Gives each of its messages once, and takes their deletions."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        super().__init__()
        self._messages = messages
        self.deleted: set[str] = set()

    def reply_to(self, asked: Asked) -> Reply:
        match asked.operation:
            case "ReceiveMessage":
                asked_for = asked.request["MaxNumberOfMessages"]
                given, self._messages = self._messages[:asked_for], self._messages[asked_for:]
                return answer({"Messages": given})
            case "DeleteMessageBatch":
                entries = asked.request["Entries"]
                self.deleted |= {entry["ReceiptHandle"] for entry in entries}
                return answer({"Successful": [{"Id": entry["Id"]} for entry in entries]})
            case _:
                return answer({})


def ten(**odd: Any) -> list[dict[str, Any]]:
    raws: list[dict[str, Any]] = [
        {
            "MessageId": f"m-{number}",
            "ReceiptHandle": f"r-{number}",
            "Body": f"job {number}",
            "Attributes": {"MessageGroupId": f"g-{number}", "ApproximateReceiveCount": "1"},
        }
        for number in range(10)
    ]
    raws[3] |= odd
    return raws


@pytest.mark.parametrize("client", ["short", "aiobotocore"])
@pytest.mark.parametrize("name", ["jobs", "jobs.fifo"])
@pytest.mark.parametrize(
    ("odd", "dropped", "event", "runs"),
    [
        (
            {"MessageAttributes": {"a": TEXT, "b": None}},
            "MessageAttributes.b",
            "message partly unreadable, parts dropped",
            True,
        ),
        (
            {"Attributes": {"SentTimestamp": "?", "MessageGroupId": "g"}},
            "SentTimestamp",
            "message partly unreadable, parts dropped",
            True,
        ),
        ({"ReceiptHandle": "\ud800"}, "ReceiptHandle", "message cannot be read, left in the queue", False),
    ],
)
async def test_row_39_the_nine_run_and_the_odd_one_runs_with_what_can_be_read(
    odd: dict[str, Any], dropped: str, event: str, name: str, client: str, *, runs: bool
) -> None:
    ledger = Ledger()
    async with TenMessages(ten(**odd)) as sqs, RecordingWorker(ledger=ledger) as worker:
        env = {
            **CREDENTIALS,
            "AWS_REGION": "eu-west-1",
            "QUEUE_URL": f"{sqs.url}/1/{name}",
            "SQS_CLIENT": client,
            "INVOKER_URL": worker.url,
            "INVOKER_PARALLEL_COUNT": "10",
            "FETCHER_INTERVAL": "100ms",
            "MONITORING_PORT": "-1",
        }
        async with command(env=env) as daemon:
            record = await daemon.until(event)
            await within(20, lambda: len(sqs.deleted) == 9 + runs)
            ended = await daemon.drained()
    assert ended.code == 0
    assert (record["message_id"], record["dropped"]) == ("m-3", dropped)
    assert sqs.deleted == {f"r-{number}" for number in range(10) if runs or number != 3}
    assert len(ledger.attempts) == 9 + runs
    assert "\\ud800" not in json.dumps(record)
