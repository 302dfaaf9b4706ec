"""The stage: what the processes logged, and methods to send, watch and inject faults."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from examples.demo.child import Child
from examples.demo.screen import Screen, short
from sqsd_adapters.monitor.client import MonitorClient

if TYPE_CHECKING:
    from types_aiobotocore_sqs import SQSClient

PATIENCE = 15.0  # seconds until a claim counts as disproved
STEP = 0.05  # seconds between two checks
#: of the daemon's events those that concern a message or the daemon's life
SHOWN = {
    "job failed",
    "job asked for a retry",
    "duplicate deleted",
    "message received again, this daemon already has it",
    "draining",
    "stopped",
}


class Disproved(Exception):
    """A claim of the demo was false."""


class Stage:
    """What the acts use."""

    sqs: "SQSClient"
    #: the queue's address, of which the fault switches are a part
    endpoint: str
    daemon: Child
    monitor: MonitorClient
    #: empty until the daemon has said it
    monitor_address = ""

    def __init__(self, *, screen: Screen) -> None:
        self._screen = screen
        #: by message: the body, and the worker's answers in their order
        self.bodies: dict[str, str] = {}
        self.answers: defaultdict[str, list[int]] = defaultdict(list)
        #: what the daemon logged: event and message
        self.events: list[tuple[str, str]] = []

    async def send(self, **job: object) -> str:
        """Send a message to the queue; returns its id."""
        body = json.dumps(job)
        message_id = (await self.sqs.send_message(QueueUrl=self.url("demo"), MessageBody=body))["MessageId"]
        self.bodies[message_id] = body
        self._screen.sent(message_id, body)
        return message_id

    async def proves(self, claim: str, condition: Callable[[], bool]) -> None:
        """Wait until the claim is true.

        Raises:
            Disproved: it is not so after a while.
        """

        async def holds() -> bool:
            return condition()

        await self.until(claim, holds)
        self._screen.proved(claim)

    async def until_running(self, messages: set[str]) -> None:
        """Wait until the monitor shows exactly these tasks in flight (gRPC)."""

        async def running() -> bool:
            return {task.message_id for task in await self.monitor.current_workings()} == messages

        await self.until("what was sent is on the scoreboard", running)

    async def until(self, claim: str, condition: Callable[[], Awaitable[bool]]) -> None:
        """Like ``proves``, but print nothing on success."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not await condition():  # noqa: ASYNC110 - any condition may be asked for
                    await asyncio.sleep(STEP)
        except TimeoutError:
            raise Disproved("\n".join([claim, "", "the daemon's last lines:", *self.daemon.tail])) from None

    async def until_empty(self) -> None:
        """Wait until the queue has no message, visible or hidden: all successes are deleted."""

        async def empty() -> bool:
            return await self.depth("demo") == (0, 0)

        await self.until("the queue is empty", empty)
        self._screen.proved("the queue is empty")

    async def throw(self, **fault: object) -> None:
        """Set a fault switch of the embedded SQS."""
        await asyncio.to_thread(_post, f"{self.endpoint}/_faults", json.dumps(fault))

    async def depth(self, queue: str) -> tuple[int, int]:
        """The numbers of visible and of hidden messages."""
        answer = await self.sqs.get_queue_attributes(QueueUrl=self.url(queue), AttributeNames=["All"])
        counts = answer["Attributes"]
        return int(counts["ApproximateNumberOfMessages"]), int(counts["ApproximateNumberOfMessagesNotVisible"])

    def url(self, queue: str) -> str:
        return f"{self.endpoint}/000000000000/{queue}"

    def hear_worker(self, line: str) -> None:
        """Record what the worker prints per request."""
        event = json.loads(line)
        if "message_id" in event:
            self.answers[event["message_id"]].append(event["status"])
            self._screen.ran(event["message_id"], event["receive_count"], event["status"])

    def hear_daemon(self, line: str) -> None:
        """Record what the daemon logs."""
        if not line.startswith("{"):
            return
        fields = json.loads(line)
        event, message_id = fields["event"], fields.get("message_id", "")
        self.events.append((event, message_id))
        if event == "monitor listening":
            self.monitor_address = f"{fields['host']}:{fields['port']}"
        if event in SHOWN:
            self._screen.said(event, short(message_id), fields.get("reason", ""))


def _post(url: str, body: str) -> None:
    address = urlsplit(url)
    connection = HTTPConnection(address.netloc, timeout=5)
    try:
        connection.request("POST", address.path, body)
        if (status := connection.getresponse().status) != 200:  # noqa: PLR2004 - HTTP: OK
            raise Disproved(f"the queue accepts the fault switch, and does not answer {status}")
    finally:
        connection.close()
