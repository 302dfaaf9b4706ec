"""Daemons inside a test: an Sqsd in virtual time, and parts for it that fail or hang."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Self

from sqsd_adapters.cli import Settings, Sqsd
from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_core import Claim, FailedEntry, Lock, Message, Queue, QueueDescription, VisibilityChange


def settings(**variables: Any) -> Settings:
    return Settings(**{"QUEUE_URL": "memory://jobs", "FETCHER_WAIT_TIME": 1, **variables})


def embedded(queue: Queue, invoker: Any, *, variables: Any = None, **parts: Any) -> Sqsd:
    return Sqsd(settings(**(variables or {})), **{"invoker": invoker, "queue": queue, "clock": LoopClock(), **parts})


class Slow:
    """A slow job."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.began = asyncio.Event()
        self._ends = asyncio.Event()
        self.done: list[str] = []

    async def __call__(self, message: Message) -> None:
        self.began.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ends.wait(), self._seconds)
        self.done.append(message.body)

    def end(self) -> None:
        """Let the jobs end now."""
        self._ends.set()


class Opened:
    """Something to open, which counts."""

    entered = left = 0

    async def __aenter__(self) -> Self:
        self.entered += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self.left += 1


class OpenedQueue(Opened, EmbeddedQueue):
    """A queue that counts how often it was opened."""


class OpenedLocks(Opened, MemoryLockStore):
    """A lock store that counts how often it was opened."""

    def __init__(self) -> None:
        super().__init__(clock=LoopClock())


class AnsweringQueue(EmbeddedQueue):
    """A queue whose first answers are scripted: after seconds of silence, an error."""

    def __init__(
        self, *, describe: Exception | None = None, receive: Exception | None = None, silence: float = 0.0
    ) -> None:
        super().__init__()
        self._describe, self._receive, self._silence = describe, receive, silence

    async def describe(self) -> QueueDescription:
        await asyncio.sleep(self._silence)
        if self._describe is not None:
            raise self._describe
        return await super().describe()

    async def receive(self, *, max_messages: int, wait: float, visibility: float) -> Sequence[Message]:
        if self._receive is not None:
            raise self._receive
        return await super().receive(max_messages=max_messages, wait=wait, visibility=visibility)


class CrashingLockStore(MemoryLockStore):
    """A lock store with a bug: messages crash the daemon."""

    def __init__(self) -> None:
        super().__init__(clock=LoopClock())

    async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:
        if any("check" not in lock.message_id for lock in locks):
            raise ZeroDivisionError
        return await super().acquire(locks, lease=lease)


class LocksThatDoNotOpen(OpenedLocks):
    """A lock store whose opening takes an hour."""

    used = False

    async def __aenter__(self) -> Self:
        await asyncio.sleep(3_600)
        return self

    async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:
        self.used = True
        return await super().acquire(locks, lease=lease)


class HangingQueue(EmbeddedQueue):
    """A queue that answers no release before ``answers`` is set; ``stubborn``: not even when that is cancelled."""

    def __init__(self, *, stubborn: bool) -> None:
        super().__init__()
        self._stubborn = stubborn
        self.answers = asyncio.Event()

    async def change_visibility(self, changes: Sequence[VisibilityChange]) -> Sequence[FailedEntry]:
        while not self.answers.is_set():
            try:
                await self.answers.wait()
            except asyncio.CancelledError:
                if not self._stubborn:
                    raise
        return await super().change_visibility(changes)
