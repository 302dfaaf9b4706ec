"""Puts what is asked for side by side into one call, and keeps a failing store from slowing the daemon."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, Protocol, Self

from sqsd_adapters.lock_store.steps import Step
from sqsd_core.errors import LockStoreUnavailable

MAX_STEPS = 512  # Redis runs nothing else during a call, and SQLite lets nobody else write: a millisecond or two
CLOSED = "The lock store is closed"


class Link(Protocol):
    """What the pipeline stands on: one way to the store, which is asked one call at a time."""

    async def call(self, steps: Sequence[Step], *, deadline: float) -> str:
        """Return one letter per step, or raise LockStoreUnavailable by ``deadline``, an instant of the loop."""
        ...

    async def close(self) -> None: ...


class _Request(NamedTuple):
    steps: Sequence[Step]
    answer: asyncio.Future[str]
    deadline: float


class Pipeline:
    """One call at a time; requests that arrive meanwhile share the next call.

    After a failure everything that waits fails with it, and for ``pause`` seconds every request is refused at once.
    So a frozen store costs its time-out once per pause, and not once per message.

    Where a call costs much more than a step, ``spacing`` seconds pass from the end of a call that was shared to the
    next one, so that more share that.
    """

    def __init__(self, *, link: Link, timeout: float, pause: float, spacing: float = 0.0) -> None:
        self._link = link
        self._timeout = timeout
        self._pause = pause
        self._spacing = spacing
        self._waiting: deque[_Request] = deque()
        self._wake = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._pump: asyncio.Task[None] | None = None
        self._down_until = 0.0
        self._reason = ""

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._pump = self._tasks.create_task(self._run(), name="locks")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._pump is not None:
            self._pump.cancel()
        await self._tasks.__aexit__(None, None, None)
        self._fail_all([], CLOSED)
        await self._link.close()

    async def ask(self, steps: Sequence[Step]) -> str:
        """Return one letter per step; raises LockStoreUnavailable within the time-out."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._pump is None or self._pump.done():
            raise LockStoreUnavailable(CLOSED)
        if now < self._down_until:
            raise LockStoreUnavailable(self._reason)
        request = _Request(steps, loop.create_future(), now + self._timeout)
        self._waiting.append(request)
        self._wake.set()
        return await request.answer

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                # Whom the last answer woke asks again in this turn of the loop, and shares the next call.
                await asyncio.sleep(0)
                if batch := self._take():
                    await self._carry(batch)
                    if self._spacing and len(batch) > 1:
                        await asyncio.sleep(self._spacing)

    def _take(self) -> list[_Request]:
        """Take what still waits, up to the cap; a request is never split."""
        batch: list[_Request] = []
        room = MAX_STEPS
        while self._waiting and (room >= len(self._waiting[0].steps) or not batch):
            request = self._waiting.popleft()
            if not request.answer.done():
                batch.append(request)
                room -= len(request.steps)
        return batch

    async def _carry(self, batch: list[_Request]) -> None:
        steps = [step for request in batch for step in request.steps]
        try:
            # The first has waited the longest, so that no later one can be late.
            letters = await self._link.call(steps, deadline=batch[0].deadline)
        except LockStoreUnavailable as error:
            self._reason = str(error)
            self._down_until = asyncio.get_running_loop().time() + self._pause
            self._fail_all(batch, self._reason)
        except BaseException:
            self._fail_all(batch, CLOSED)
            raise
        else:
            _answer(batch, letters)

    def _fail_all(self, batch: Sequence[_Request], reason: str) -> None:
        for request in (*batch, *self._waiting):
            if not request.answer.done():
                request.answer.set_exception(LockStoreUnavailable(reason))
        self._waiting.clear()


def _answer(batch: Sequence[_Request], letters: str) -> None:
    start = 0
    for request in batch:
        end = start + len(request.steps)
        if not request.answer.done():
            request.answer.set_result(letters[start:end])
        start = end
