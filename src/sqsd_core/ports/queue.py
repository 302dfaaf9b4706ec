"""The queue: receives messages, deletes them, and changes their visibility timeouts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqsd_core.message import Message, ReceiptHandle


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibilityChange:
    """Hide a message for ``timeout`` seconds from now; 0 makes it visible at once."""

    receipt: ReceiptHandle = field(repr=False)
    timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedEntry:
    """An entry of a batch that failed.

    ``code`` is the queue's error code: ``InternalError``, ``ReceiptHandleIsInvalid``. ``retryable``: a retry of the
    same entry can succeed. ``refused``: the queue refuses this for every message, because of permissions, credentials
    or its key.
    """

    receipt: ReceiptHandle = field(repr=False)
    code: str
    retryable: bool
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDescription:
    """The attributes of the queue; ``visible``, ``in_flight`` and ``delayed`` are approximate numbers of messages.

    ``max_receive_count`` is the number of receives after which SQS moves a message to the dead-letter queue; it is None
    without a redrive policy. ``dead_letter_queue`` is its name; it is empty without one, or if it is not known.
    """

    visible: int
    in_flight: int
    delayed: int
    max_receive_count: int | None = None
    dead_letter_queue: str = ""


class Queue(Protocol):
    """A queue with SQS's semantics.

    All methods may run concurrently. They raise only ``QueueUnavailable`` (try again later) and ``QueueRefused`` (the
    operator has to act; ``QueueNotFound`` is a subclass). A batch that failed in part raises nothing, and returns the
    failed entries. After a cancelled call it is unknown whether it took place. A cancelled receive may hide messages,
    so the core cancels one only at the end of a drain. The code that opened an adapter closes it.
    """

    @property
    def name(self) -> str:
        """The queue's name, as in ``X-Aws-Sqsd-Queue``. If it ends in ``.fifo``, it is a FIFO queue."""
        ...

    async def receive(self, *, max_messages: int, wait: float, visibility: float) -> Sequence[Message]:
        """Receive at most ``max_messages`` (1 to 10), and hide them from others for ``visibility`` seconds.

        Waits up to ``wait`` seconds (0 to 20) for the first message. An empty answer is not an error.
        """
        ...

    async def delete(self, receipts: Sequence[ReceiptHandle]) -> Sequence[FailedEntry]:
        """Delete up to ten messages, and return those that could not be deleted; idempotent."""
        ...

    async def change_visibility(self, changes: Sequence[VisibilityChange]) -> Sequence[FailedEntry]:
        """Hide or release up to ten messages, and return those that failed; the last change of a message counts."""
        ...

    async def describe(self) -> QueueDescription:
        """Read the attributes of the queue: depth and redrive policy."""
        ...
