"""From the engine's words to the port's: deliveries to messages, SQS's errors to ours."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError
from sqsd_adapters.queue.embedded.stored import Received
from sqsd_core.errors import QueueError, QueueNotFound, QueueRefused, QueueUnavailable
from sqsd_core.limits import MAX_BATCH
from sqsd_core.message import Message, ReceiptHandle
from sqsd_core.ports.queue import FailedEntry

_TEMPORARY = {
    ErrorCode.INTERNAL_ERROR,
    ErrorCode.OVER_LIMIT,
    ErrorCode.THROTTLED,
    ErrorCode.THROTTLING,
    ErrorCode.UNAVAILABLE,
}


@contextmanager
def translated() -> Iterator[None]:
    """Raise what the port allows in place of SQS's errors."""
    try:
        yield
    except SqsError as error:
        raise _port_error(error) from error


def carry_out_each(
    receipts: Sequence[ReceiptHandle],
    carry_out: Callable[[ReceiptHandle], None],
    *,
    failing: frozenset[int] = frozenset(),
) -> Sequence[FailedEntry]:
    """Carry out each entry of a batch and collect what fails; ``failing`` fail by order, by their positions."""
    if len(receipts) > MAX_BATCH:
        raise QueueRefused(f"A batch has at most {MAX_BATCH} entries, not {len(receipts)}.")
    failed: list[FailedEntry] = []
    for position, receipt in enumerate(receipts):
        if position in failing:
            failed.append(FailedEntry(receipt=receipt, code=ErrorCode.INTERNAL_ERROR, retryable=True))
            continue
        try:
            carry_out(receipt)
        except SqsError as error:
            if error.code is ErrorCode.QUEUE_DOES_NOT_EXIST:
                raise
            failed.append(FailedEntry(receipt=receipt, code=error.code, retryable=False))
    return failed


def message_of(received: Received, *, fifo: bool) -> Message:
    sending = received.sending
    return Message(
        id=received.id,
        receipt=received.receipt,
        body=sending.body,
        receive_count=received.receive_count,
        first_received_at=received.first_received_at,
        sent_at=received.sent_at,
        sender_id=received.sender_id,
        group_id=sending.group_id if fifo else None,
        tenant_id=None if fifo else sending.group_id,
        trace_header=sending.trace_header,
        attributes=sending.attributes,
        sequence_number=received.sent.sequence_number,
        deduplication_id=sending.deduplication_id if fifo else None,
    )


def _port_error(error: SqsError) -> QueueError:
    if error.code is ErrorCode.QUEUE_DOES_NOT_EXIST:
        return QueueNotFound()
    return QueueUnavailable(str(error)) if error.code in _TEMPORARY else QueueRefused(str(error))
