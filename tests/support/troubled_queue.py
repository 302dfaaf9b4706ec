"""A queue that fails on command: wraps any Queue in process, for the flow's tests."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from sqsd_core.errors import QueueError
from sqsd_core.message import Message, ReceiptHandle
from sqsd_core.ports.queue import FailedEntry, Queue, QueueDescription, VisibilityChange

T = TypeVar("T")


class TroubledQueue:
    """``fail`` makes the next calls raise; ``lose`` carries the next one out and then raises; ``delay`` is seconds."""

    def __init__(self, inner: Queue) -> None:
        self.inner = inner
        self.calls: Counter[str] = Counter()
        #: seconds of loop time before each call is carried out, by operation
        self.delay: defaultdict[str, float] = defaultdict(float)
        #: what each batch of deletions and visibility changes held, in order
        self.deletes: list[Sequence[ReceiptHandle]] = []
        self.changes: list[tuple[float, Sequence[VisibilityChange]]] = []
        self._before: defaultdict[str, deque[QueueError]] = defaultdict(deque)
        self._after: defaultdict[str, deque[QueueError]] = defaultdict(deque)
        #: receipts of which every entry fails, with whether a retry may help
        self.broken: dict[ReceiptHandle, bool] = {}
        self._partial: deque[int] = deque()
        #: whether the entries of each batch of deletions are refused one by one
        self.refuses_entries = False

    @property
    def name(self) -> str:
        return self.inner.name

    def fail(self, operation: str, error: QueueError, *, times: int = 1) -> None:
        self._before[operation].extend([error] * times)

    def heal(self) -> None:
        self._before.clear()
        self._after.clear()
        self.refuses_entries = False

    def lose(self, operation: str, error: QueueError, *, times: int = 1) -> None:
        self._after[operation].extend([error] * times)

    def fail_entries(self, count: int) -> None:
        """The next batch of deletions fails for its first ``count`` entries."""
        self._partial.append(count)

    async def receive(self, *, max_messages: int, wait: float, visibility: float) -> Sequence[Message]:
        return await self._call(
            "receive", lambda: self.inner.receive(max_messages=max_messages, wait=wait, visibility=visibility)
        )

    async def delete(self, receipts: Sequence[ReceiptHandle]) -> Sequence[FailedEntry]:
        self.deletes.append(receipts)
        if self.refuses_entries:
            self.calls["delete"] += 1
            return [FailedEntry(receipt=one, code="AccessDenied", retryable=False, refused=True) for one in receipts]
        count = self._partial.popleft() if self._partial else 0
        failed = [FailedEntry(receipt=receipt, code="InternalError", retryable=True) for receipt in receipts[:count]]
        failed += [
            FailedEntry(receipt=receipt, code="Broken", retryable=self.broken[receipt])
            for receipt in receipts[count:]
            if receipt in self.broken
        ]
        bad = {failure.receipt for failure in failed}
        good = [receipt for receipt in receipts if receipt not in bad]
        return [*failed, *await self._call("delete", lambda: self.inner.delete(good))]

    async def change_visibility(self, changes: Sequence[VisibilityChange]) -> Sequence[FailedEntry]:
        self.changes.append((asyncio.get_running_loop().time(), changes))
        return await self._call("change_visibility", lambda: self.inner.change_visibility(changes))

    async def describe(self) -> QueueDescription:
        return await self._call("describe", self.inner.describe)

    async def _call(self, operation: str, carry_out: Callable[[], Awaitable[T]]) -> T:
        self.calls[operation] += 1
        await asyncio.sleep(self.delay[operation])
        if self._before[operation]:
            raise self._before[operation].popleft()
        answer = await carry_out()
        if self._after[operation]:
            raise self._after[operation].popleft()
        return answer


class Unheard(TroubledQueue):
    """As SQS: it does not hear that a receive was cancelled, and gives it messages that nobody gets."""

    async def receive(self, *, max_messages: int, wait: float, visibility: float) -> Sequence[Message]:
        asked = super().receive(max_messages=max_messages, wait=wait, visibility=visibility)
        return await asyncio.shield(asyncio.ensure_future(asked))
