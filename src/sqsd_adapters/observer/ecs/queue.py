"""A queue whose messages run once the task is protected."""

from collections.abc import Sequence
from typing import Protocol

from sqsd_adapters.observer.ecs.task import TIMEOUT
from sqsd_core.message import Message
from sqsd_core.ports.queue import Queue

LONGEST = 2.0  # seconds that received messages wait for the protection
SHARE = 0.25  # of the visibility timeout that they wait at most


class Protection(Protocol):
    """Says when a message may start."""

    async def ensure(self, *, within: float) -> None:
        """Return once the task is protected, once that is known to fail, or after ``within`` seconds."""
        ...


class GuardedQueue:
    """The port ``Queue`` around another one.

    Before the first receive the task is protected. An idle daemon receives unprotected, or a task that polls would
    never be scaled in; then the messages of a receive wait for the protection. A task that is stopped in that moment
    releases them: none of them has started.
    """

    def __init__(self, *, queue: Queue, protection: Protection) -> None:
        self.name = queue.name
        self.delete = queue.delete
        self.change_visibility = queue.change_visibility
        self.describe = queue.describe
        self._receive = queue.receive
        self._protection = protection
        self._began = False

    async def receive(self, *, max_messages: int, wait: float, visibility: float) -> Sequence[Message]:
        if not self._began:
            self._began = True
            await self._protection.ensure(within=TIMEOUT)
        messages = await self._receive(max_messages=max_messages, wait=wait, visibility=visibility)
        if messages:
            await self._protection.ensure(within=min(LONGEST, SHARE * visibility))
        return messages
