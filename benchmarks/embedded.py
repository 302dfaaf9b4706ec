"""``python -m benchmarks.embedded``: 100,000 messages through the embedded SQS on one core, with its memory."""

import asyncio
import http.client
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import orjson

from benchmarks.measure import memory
from tests.support.embedded import EmbeddedProcess, embedded_process

MESSAGES = 100_000
BATCH = 10  # SQS: at most 10 per call
BODY = "x" * 256  # characters
CORE = 0  # the server's
LIMIT = 300  # seconds


class Client:
    """One keep-alive connection that speaks SQS's JSON protocol."""

    def __init__(self, process: EmbeddedProcess) -> None:
        self._connection = http.client.HTTPConnection(process.url.removeprefix("http://"), timeout=30)
        self._queue_url = process.queue_url("jobs")

    def call(self, operation: str, **parameters: object) -> dict[str, Any]:
        headers = {"X-Amz-Target": f"AmazonSQS.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        body = orjson.dumps({"QueueUrl": self._queue_url, **parameters})
        self._connection.request("POST", "/", body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        assert answer.status == http.client.OK, content
        return dict(orjson.loads(content or b"{}"))

    def close(self) -> None:
        self._connection.close()


def send_all(client: Client) -> None:
    entries = [{"Id": str(number), "MessageBody": BODY} for number in range(BATCH)]
    for _ in range(MESSAGES // BATCH):
        assert not client.call("SendMessageBatch", Entries=entries).get("Failed")


def receive_and_delete_all(client: Client) -> None:
    left = MESSAGES
    for batch in _received(client):
        entries = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(batch)]
        assert not client.call("DeleteMessageBatch", Entries=entries).get("Failed")
        left -= len(batch)
    assert left == 0, f"{left} messages are missing"


def _received(client: Client) -> Iterator[list[dict[str, Any]]]:
    while batch := client.call("ReceiveMessage", MaxNumberOfMessages=BATCH, WaitTimeSeconds=0).get("Messages"):
        yield batch


def measure(process: EmbeddedProcess) -> None:
    """Send everything, then receive and delete everything; print what it took."""
    os.sched_setaffinity(process.process.pid, {CORE})
    client = Client(process)
    began = time.monotonic()
    send_all(client)
    sent = time.monotonic()
    receive_and_delete_all(client)
    ended = time.monotonic()
    client.close()
    report = {
        "sent per second": MESSAGES / (sent - began),
        "received and deleted per second": MESSAGES / (ended - sent),
        "through the queue per second": MESSAGES / (ended - began),
        "peak memory, MiB": memory(process.process.pid).peak,
        "load average": os.getloadavg()[0],
    }
    for name, value in report.items():
        sys.stdout.write(f"{name:32} {value:10,.1f}\n")


async def main() -> None:
    """Run the server as a process of its own, and end it."""
    async with asyncio.timeout(LIMIT), embedded_process() as process:
        await asyncio.to_thread(measure, process)


if __name__ == "__main__":
    asyncio.run(main())
