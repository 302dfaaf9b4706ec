"""The queue that messages are received from and settled with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqsd_core.message import Message, ReceiptHandle

MAX_BATCH = 10  # SQS: entries of a DeleteMessageBatch, messages of a ReceiveMessage
MAX_WAIT = 20.0  # SQS: seconds of a long poll
MAX_VISIBILITY = 43_200.0  # SQS: 12 hours, counted from the receive


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibilityChange:
    """Hide one delivery for ``timeout`` seconds from now; 0 makes the message visible at once."""

    receipt: ReceiptHandle = field(repr=False)
    timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedEntry:
    """One entry of a batch that the queue did not carry out."""

    receipt: ReceiptHandle = field(repr=False)
    #: the queue's word for it: ``InternalError``, ``ReceiptHandleIsInvalid``
    code: str
    #: whether trying the same again can help
    retryable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDescription:
    """What the queue says of itself; counts are approximate."""

    visible: int
    in_flight: int
    delayed: int
    #: receives after which SQS moves a message to the dead-letter queue; None without one
    max_receive_count: int | None = None


class Queue(Protocol):
    """A queue with SQS's semantics.

    All methods may run concurrently. They raise only ``QueueUnavailable`` (try again later) and ``QueueRefused``
    (a person must act; ``QueueNotFound`` is one); a batch that was carried out in part raises nothing and returns
    the entries that failed. Cancelling a call leaves open whether it took place; a cancelled receive may hide the
    messages it would have brought, so the core cancels one only at the very end of a drain. The one who opened an
    adapter closes it.
    """

    @property
    def name(self) -> str:
        """The queue's name, as in ``X-Aws-Sqsd-Queue``; one that ends in ``.fifo`` is a FIFO queue."""
        ...

    async def receive(self, *, max_messages: int, wait: float, visibility: float) -> Sequence[Message]:
        """Receive at most ``max_messages`` (1 to 10), hidden from others for ``visibility`` seconds.

        Waits up to ``wait`` seconds (0 to 20) for the first one; an empty answer is no error.
        """
        ...

    async def delete(self, receipts: Sequence[ReceiptHandle]) -> Sequence[FailedEntry]:
        """Delete up to ten deliveries' messages; idempotent."""
        ...

    async def change_visibility(self, changes: Sequence[VisibilityChange]) -> Sequence[FailedEntry]:
        """Hide or release up to ten deliveries; the last change counts."""
        ...

    async def describe(self) -> QueueDescription:
        """Ask the queue about itself: depth and redrive."""
        ...
