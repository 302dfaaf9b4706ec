"""A queue whose calls are timed: observers are told how long each took, whichever adapter made it."""

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from sqsd_core.errors import QueueError
from sqsd_core.flow.watchers import Watchers
from sqsd_core.message import Message, ReceiptHandle
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.queue import FailedEntry, Queue, QueueDescription, VisibilityChange

T = TypeVar("T")


class TimedQueue:
    """The port Queue; a call that is cancelled is told to nobody."""

    def __init__(self, *, queue: Queue, label: str, watchers: Watchers, clock: Clock) -> None:
        """``label`` is the name that observers know the queue by."""
        self._queue = queue
        self._label = label
        self._watchers = watchers
        self._clock = clock

    @property
    def name(self) -> str:
        return self._queue.name

    def receive(self, *, max_messages: int, wait: float, visibility: float) -> Coroutine[Any, Any, Sequence[Message]]:
        call = self._queue.receive(max_messages=max_messages, wait=wait, visibility=visibility)
        return self._timed("ReceiveMessage", call)

    def delete(self, receipts: Sequence[ReceiptHandle]) -> Coroutine[Any, Any, Sequence[FailedEntry]]:
        return self._timed("DeleteMessageBatch", self._queue.delete(receipts))

    def change_visibility(self, changes: Sequence[VisibilityChange]) -> Coroutine[Any, Any, Sequence[FailedEntry]]:
        return self._timed("ChangeMessageVisibilityBatch", self._queue.change_visibility(changes))

    def describe(self) -> Coroutine[Any, Any, QueueDescription]:
        return self._timed("GetQueueAttributes", self._queue.describe())

    async def _timed(self, operation: str, call: Coroutine[Any, Any, T]) -> T:
        began = self._clock.monotonic()
        try:
            answer = await call
        except QueueError as error:
            self._watchers.called(self._label, operation, self._clock.monotonic() - began, error)
            raise
        self._watchers.called(self._label, operation, self._clock.monotonic() - began, None)
        return answer
