"""The floor: the least CPU that Python needs per message for the same I/O, to compare the daemon with.

Receives ten, POSTs side by side, deletes ten; no signature, lock, monitor, retry, time limit or log.
"""

import asyncio
import os
import signal
from collections import deque
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

import httptools
import orjson
import uvloop

LINGER = 0.005  # seconds that a deletion waits for others
PREFETCH = 320  # messages held or requested beyond the free slots; hides 15 ms of SQS at 10 ms per job

Then = Callable[[bytes], None]


class Client(asyncio.Protocol):
    """One keep-alive connection with one request at a time."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._then: Then | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def post(self, head: bytes, body: bytes, then: Then) -> None:
        self._then = then
        self._transport.write(b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body))

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        body = b"".join(self._body)
        self._body.clear()
        then, self._then = self._then, None
        if self._parser.get_status_code() == 200 and then:
            then(body)


class Floor:
    """The whole flow in four callbacks."""

    def __init__(
        self,
        *,
        sqs: list[Client],
        workers: list[Client],
        loop: asyncio.AbstractEventLoop,
        queue: str,
        worker: str,
    ) -> None:
        self._receivers = sqs[: len(sqs) // 2]
        self._deleters = sqs[len(sqs) // 2 :]
        self._workers = workers
        self._loop = loop
        self._messages: deque[dict[str, Any]] = deque()
        self._receipts: list[str] = []
        self._asked_for = 0
        self._lingering = False
        self._receive_body = orjson.dumps(
            {
                "QueueUrl": queue,
                "MaxNumberOfMessages": 10,
                "WaitTimeSeconds": 20,
                "VisibilityTimeout": 60,
                "MessageSystemAttributeNames": ["All"],
            }
        )
        self._queue = queue
        address = urlsplit(queue)
        self._sqs_head = (
            f"POST / HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/x-amz-json-1.0\r\n"
            "X-Amz-Target: AmazonSQS."
        ).encode()
        address = urlsplit(worker)
        self._worker_head = (
            f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
            "User-Agent: aws-sqsd/3.0\r\nX-Aws-Sqsd-Queue: bench\r\n"
        ).encode()

    def receive(self) -> None:
        """Receive ten more if there is room for them."""
        wanted = len(self._workers) + PREFETCH - len(self._messages) - self._asked_for
        if self._receivers and wanted >= 10:
            self._asked_for += 10
            client = self._receivers.pop()
            head = self._sqs_head + b"ReceiveMessage\r\n"
            client.post(head, self._receive_body, lambda body: self._received(client, body))

    def _received(self, client: Client, body: bytes) -> None:
        self._receivers.append(client)
        self._asked_for -= 10
        self._messages.extend(orjson.loads(body).get("Messages", ()))
        while self._messages and self._workers:
            self._invoke(self._workers.pop())
        self.receive()

    def _invoke(self, worker: Client) -> None:
        message = self._messages.popleft()
        attributes = message["Attributes"]
        head = (
            self._worker_head
            + (
                f"X-Aws-Sqsd-Msgid: {message['MessageId']}\r\n"
                f"X-Aws-Sqsd-First-Received-At: {attributes['ApproximateFirstReceiveTimestamp']}\r\n"
                f"X-Aws-Sqsd-Receive-Count: {attributes['ApproximateReceiveCount']}\r\n"
                f"X-Aws-Sqsd-Sent-At: {attributes['SentTimestamp']}\r\n"
                f"X-Aws-Sqsd-Sender-Id: {attributes['SenderId']}\r\n"
            ).encode()
        )
        receipt = message["ReceiptHandle"]
        worker.post(head, message["Body"].encode(), lambda _: self._invoked(worker, receipt))

    def _invoked(self, worker: Client, receipt: str) -> None:
        self._receipts.append(receipt)
        if len(self._receipts) >= 10:
            self._delete()
        elif not self._lingering:
            self._lingering = True
            self._loop.call_later(LINGER, self._linger_ended)
        if self._messages:
            self._invoke(worker)
        else:
            self._workers.append(worker)
        self.receive()

    def _linger_ended(self) -> None:
        self._lingering = False
        self._delete()

    def _delete(self) -> None:
        if not self._receipts or not self._deleters:
            return
        entries = [{"Id": str(n), "ReceiptHandle": receipt} for n, receipt in enumerate(self._receipts[:10])]
        del self._receipts[:10]
        client = self._deleters.pop()
        body = orjson.dumps({"QueueUrl": self._queue, "Entries": entries})
        client.post(self._sqs_head + b"DeleteMessageBatch\r\n", body, lambda _: self._deleted(client))

    def _deleted(self, client: Client) -> None:
        self._deleters.append(client)
        if len(self._receipts) >= 10 or not self._lingering:
            self._delete()


async def run(*, queue: str, worker: str, slots: int, fetchers: int) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)

    async def connect(url: str) -> Client:
        address = urlsplit(url)
        return (await loop.create_connection(Client, "127.0.0.1", address.port or 80))[1]

    sqs = [await connect(queue) for _ in range(2 * fetchers)]
    workers = [await connect(worker) for _ in range(slots)]
    Floor(sqs=sqs, workers=workers, loop=loop, queue=queue, worker=worker).receive()
    await stop.wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(
            run(
                queue=os.environ["QUEUE_URL"],
                worker=os.environ["INVOKER_URL"],
                slots=int(os.environ["INVOKER_PARALLEL_COUNT"]),
                fetchers=int(os.environ["FETCHER_PARALLEL_COUNT"]),
            )
        )
