"""What the suites of queues share: the fixtures that a subclass provides, and how long a test waits."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Protocol

import pytest

from sqsd_core.message import Message, MessageAttribute
from sqsd_core.ports.queue import Queue

LONG = 30.0  # seconds of a visibility timeout that is longer than any test
SHORT = 1.0  # seconds; SQS counts in whole ones
PATIENCE = 5.0  # seconds within which a message that is due must arrive

TEXT = 'line\r\nline\t{"key": "välue 🐝"} <xml/> & "quotes"'
ATTRIBUTES = {
    "plain": MessageAttribute(data_type="String", value="grüße\r\n"),
    "count.of-all_things": MessageAttribute(data_type="Number.int", value="-17"),
    "raw": MessageAttribute(data_type="Binary", value=b"\x00\xff\r\n"),
}


class Send(Protocol):
    """Puts a message into the queue under test without using the port."""

    def __call__(
        self,
        body: str,
        attributes: Mapping[str, MessageAttribute] | None = None,
        group_id: str | None = None,
    ) -> Awaitable[object]: ...


async def receive_all(queue: Queue, count: int, *, visibility: float = LONG) -> list[Message]:
    """Receive until ``count`` messages have arrived; a queue may return fewer per receive than it has."""
    messages: list[Message] = []
    async with asyncio.timeout(PATIENCE):
        while len(messages) < count:
            messages += await queue.receive(max_messages=10, wait=SHORT, visibility=visibility)
    return messages


class QueueHooks:
    """The fixtures that a subclass provides, fresh for each test."""

    pytestmark = pytest.mark.asyncio

    @pytest.fixture
    def queue(self) -> Queue:
        """An opened adapter of an empty queue."""
        raise NotImplementedError("provide the fixture `queue`")

    @pytest.fixture
    def send(self, queue: Queue) -> Send:
        """Sends a new message to that queue with each call."""
        raise NotImplementedError("provide the fixture `send`")
