"""Puts what is asked for side by side into one call, and keeps a failing store from slowing the daemon."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Sequence
from typing import NamedTuple, Protocol, Self

from sqsd_adapters.lock_store.steps import Step, Verb, step_of
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.policy.locking import Lock
from sqsd_core.tuples import new

MAX_LOCKS = 512  # Redis runs nothing else during a call, and SQLite lets nobody else write: a millisecond or two
CLOSED = "The lock store is closed"


class Link(Protocol):
    """What the pipeline stands on: one way to the store, which is asked one call at a time."""

    async def call(self, steps: Sequence[Step], *, deadline: float) -> str:
        """Return one letter per lock, or raise LockStoreUnavailable by ``deadline``, an instant of the loop."""
        ...

    async def close(self) -> None: ...


class _Request(NamedTuple):
    verb: Verb
    locks: Sequence[Lock]
    seconds: float
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

    def ask(self, verb: Verb, locks: Sequence[Lock], seconds: float = 0.0) -> Awaitable[str]:
        """Return what gives one letter per lock.

        Raises:
            LockStoreUnavailable: within the time-out, here or where the answer is awaited
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._pump is None or self._pump.done():
            raise LockStoreUnavailable(CLOSED)
        if now < self._down_until:
            raise LockStoreUnavailable(self._reason)
        answer: asyncio.Future[str] = loop.create_future()
        if not self._waiting:
            self._wake.set()
        self._waiting.append(new(_Request, (verb, locks, seconds, answer, now + self._timeout)))
        return answer

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
        waiting, room = self._waiting, MAX_LOCKS
        while waiting:
            _, locks, _, answer, _ = request = waiting.popleft()
            if answer.done():
                continue
            room -= len(locks)
            if room < 0 and batch:
                waiting.appendleft(request)
                break
            batch.append(request)
        return batch

    async def _carry(self, batch: list[_Request]) -> None:
        try:
            # The first has waited the longest, so that no later one can be late.
            letters = await self._link.call(_steps(batch), deadline=batch[0].deadline)
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


def _steps(batch: Sequence[_Request]) -> list[Step]:
    """Keep the order; neighbours that ask for the same are one step, as most requests are one lock to complete."""
    steps: list[Step] = []
    last: Verb | None = None
    lasting, together = 0.0, list[Lock]()
    for verb, locks, seconds, _, _ in batch:
        if verb is not last or seconds != lasting:
            last, lasting, together = verb, seconds, []
            steps.append(step_of(verb, together, seconds))
        together += locks
    return steps


def _answer(batch: Sequence[_Request], letters: str) -> None:
    start = 0
    for _, locks, _, answer, _ in batch:
        end = start + len(locks)
        if not answer.done():
            answer.set_result(letters[start:end])
        start = end
