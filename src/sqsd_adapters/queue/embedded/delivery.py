"""What a receive makes of a message: a delivery with a receipt, or a dead letter."""

from dataclasses import replace

from sqsd_adapters.queue.embedded.account import Account
from sqsd_adapters.queue.embedded.receipts import issue
from sqsd_adapters.queue.embedded.redrive import Redrive
from sqsd_adapters.queue.embedded.stored import Received, Stored, sequence_number
from sqsd_core.message import ReceiptHandle


def deliver(message: Stored, *, queue_name: str, account: Account, now: float) -> Received:
    """Count a receive and issue its receipt."""
    message.receive_count += 1
    message.received_at = now
    if message.first_received_at is None:
        message.first_received_at = now
    receipt = message.receipt = issue(queue_name, message.id, message.receive_count)
    return shown(message, receipt=receipt, account=account)


def shown(message: Stored, *, receipt: ReceiptHandle, account: Account) -> Received:
    """A message as a receiver sees it; one that was never received has 0 for the first receive."""
    first_received_at = message.first_received_at
    return Received(
        id=message.id,
        receipt=receipt,
        sending=message.sending,
        sent=message.sent,
        receive_count=message.receive_count,
        first_received_at=0.0 if first_received_at is None else first_received_at + account.epoch,
        sent_at=message.sent_at + account.epoch,
        sender_id=account.sender_id,
        source_arn=message.source_arn,
    )


def is_exhausted(message: Stored, redrive: Redrive | None) -> bool:
    """Whether a further receive would be one too many."""
    receives = message.receive_count - message.receives_elsewhere
    return redrive is not None and receives >= redrive.max_receive_count


def become_dead_letter(message: Stored, *, source_arn: str, sequence: int | None, now: float) -> float:
    """Turn a message into a dead letter, which keeps its id, its send time and its receive count.

    ``sequence`` is the new one that a FIFO queue gives. There the message's id becomes its deduplication id, so that
    two dead letters with the same deduplication id are two messages. Returns the instant from which the retention
    counts: on a FIFO queue the arrival, on a standard queue the send (SQS: MessageRetentionPeriod of dead-letter
    queues).
    """
    message.receives_elsewhere = message.receive_count
    message.source_arn = source_arn
    message.receipt = None
    if sequence is None:
        return message.sent_at
    message.sequence = sequence
    message.sending = replace(message.sending, deduplication_id=message.id)
    message.sent = replace(message.sent, sequence_number=sequence_number(sequence))
    return now
