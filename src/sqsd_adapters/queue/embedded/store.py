"""One queue by SQS's rules: deduplication, receipts, receive attempts, time limits and redrive."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from sqsd_adapters.queue.embedded.account import Account
from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError, invalid_receipt, invalid_timeout
from sqsd_adapters.queue.embedded.receipts import issue, message_of
from sqsd_adapters.queue.embedded.recent import Recent
from sqsd_adapters.queue.embedded.sending import check_sending
from sqsd_adapters.queue.embedded.settings import MAX_VISIBILITY, QueueSettings, check_visibility
from sqsd_adapters.queue.embedded.shelf import Counts, Shelf
from sqsd_adapters.queue.embedded.stored import (
    Received,
    Sending,
    Sent,
    State,
    Stored,
    sequence_number,
)
from sqsd_core.message import ReceiptHandle

PURGE_INTERVAL = 60.0  # SQS: seconds between two PurgeQueue


class MessageStore:
    """The messages of one queue; ``now`` never goes back, durations are seconds, each operation O(log n)."""

    def __init__(
        self,
        *,
        account: Account,
        name: str,
        arn: str,
        settings: QueueSettings,
        on_change: Callable[[], None],
    ) -> None:
        self.name = name
        self.arn = arn
        self.settings = settings
        self._account = account
        self._on_change = on_change
        self._last_purge: float | None = None
        self._deduplication: Recent[tuple[str | None, str], Sent] = Recent()
        self._attempts: Recent[str, list[Received]] = Recent()
        self._shelf = self._empty_shelf()

    def send(self, sending: Sending, *, now: float) -> Sent:
        """Store a message, unless a FIFO queue has just stored one with the same deduplication id."""
        check_sending(sending, self.settings)
        self._shelf.advance(now)
        if not self.settings.fifo:
            return self._store(sending, now)
        key = self._deduplication_key(sending)
        sent = self._deduplication.get(key, now=now)
        if sent is None:
            sent = self._store(sending, now)
            self._deduplication.remember(key, sent, now=now)
        return sent

    def receive(
        self,
        *,
        limit: int,
        visibility: float,
        now: float,
        attempt_id: str | None = None,
        dead_letters: "MessageStore | None" = None,
    ) -> list[Received]:
        """Take visible messages; those that were received too often move to ``dead_letters`` instead."""
        self._shelf.advance(now)
        if attempt_id and (answer := self._repeat(attempt_id, visibility, now)):
            return answer
        taken = self._take(self._room(limit), dead_letters, now)
        answer = [self._deliver(message, visibility, now) for message in taken]
        if attempt_id and answer:
            self._attempts.remember(attempt_id, answer, now=now)
            for message in taken:
                message.attempt_id = attempt_id
        return answer

    def receive_again(self, *, limit: int, visibility: float, now: float) -> list[Received]:
        """Deliver messages that are in flight a second time, as a standard queue may."""
        self._shelf.advance(now)
        return [self._deliver(message, visibility, now) for message in [*self._shelf.in_flight][:limit]]

    def delete(self, receipt: ReceiptHandle, *, now: float) -> None:
        """Delete a message by its latest receipt; what is gone already is no error.

        Sources: DeleteMessage in the API reference (with an old receipt the request succeeds, but the message
        might not be deleted: here it never is; on a standard queue the latest receipt outlives the visibility
        timeout), and AWS's Knowledge Center on receipt handle errors (on a FIFO queue it does not).
        """
        message = self._find(receipt, now)
        if message is None:
            return
        if self.settings.fifo and not _is_held(message, receipt):
            raise invalid_receipt(receipt, "The receipt handle has expired.")
        if message.receipt == receipt:
            self._shelf.remove(message)

    def change_visibility(self, receipt: ReceiptHandle, timeout: float, *, now: float) -> None:
        """Hide a delivery for ``timeout`` seconds from now; 0 shows the message at once.

        Source: ChangeMessageVisibility, API reference.
        """
        check_visibility(timeout)
        message = self._find(receipt, now)
        if message is None or message.receipt != receipt:
            reason = "Message does not exist or is not available for visibility timeout change."
            raise invalid_receipt(receipt, reason)
        if message.state is not State.IN_FLIGHT:
            raise SqsError(ErrorCode.NOT_IN_FLIGHT, "The specified message isn't in flight.")
        if now + timeout > message.received_at + MAX_VISIBILITY:
            reason = f"Total VisibilityTimeout for the message is beyond the limit [{MAX_VISIBILITY} seconds]"
            raise invalid_timeout(timeout, reason)
        if message.attempt_id is not None:
            self._attempts.forget(message.attempt_id)
        self._shelf.hide(message, until=now + timeout)
        self._shelf.advance(now)

    def purge(self, *, now: float) -> None:
        """Delete every message, in flight or not."""
        if self._last_purge is not None and now < self._last_purge + PURGE_INTERVAL:
            raise SqsError(
                ErrorCode.PURGE_IN_PROGRESS,
                f"Only one PurgeQueue operation on {self.name} is allowed every 60 seconds.",
            )
        self._last_purge = now
        self._shelf = self._empty_shelf()

    def counts(self, *, now: float) -> Counts:
        self._shelf.advance(now)
        return self._shelf.counts

    def receivable(self, *, now: float) -> bool:
        """Whether a receive would bring (or move) a message."""
        self._shelf.advance(now)
        return self._shelf.receivable

    def bodies(self, *, now: float) -> list[str]:
        """What is in the queue, in whatever state, in the order of arrival."""
        self._shelf.advance(now)
        return [message.sending.body for message in self._shelf]

    def next_at(self) -> float | None:
        """The instant at which a delay or a visibility timeout ends next."""
        return self._shelf.next_at()

    def _empty_shelf(self) -> Shelf:
        return Shelf(fifo=self.settings.fifo, on_change=self._on_change)

    def _deduplication_key(self, sending: Sending) -> tuple[str | None, str]:
        group = sending.group_id if self.settings.deduplication_by_group else None
        return group, sending.deduplication_id or sha256(sending.body.encode()).hexdigest()

    def _store(self, sending: Sending, now: float) -> Sent:
        sequence = self._account.next_sequence()
        if self.settings.fifo and sending.deduplication_id is None:
            sending = replace(sending, deduplication_id=self._deduplication_key(sending)[1])
        sent = Sent.of(sending, message_id=self._account.new_id(), sequence=sequence if self.settings.fifo else None)
        message = Stored(id=sent.message_id, sending=sending, sent=sent, sent_at=now, sequence=sequence)
        delay = self.settings.delay if sending.delay is None or self.settings.fifo else sending.delay
        expires_at = now + self.settings.retention
        self._shelf.enter(message, visible_at=now + delay, expires_at=expires_at, now=now)
        return sent

    def _room(self, limit: int) -> int:
        most = self._account.max_in_flight
        room = most - self._shelf.counts.in_flight
        if room <= 0 and not self.settings.fifo:
            raise SqsError(ErrorCode.OVER_LIMIT, f"Too many messages in flight; the limit is {most}.")
        return min(limit, room)

    def _take(self, limit: int, dead_letters: "MessageStore | None", now: float) -> list[Stored]:
        taken: list[Stored] = []
        while len(taken) < limit and (batch := self._shelf.take(limit - len(taken))):
            for message in batch:
                if dead_letters is not None and self._is_exhausted(message):
                    self._shelf.remove(message)
                    dead_letters._adopt(message, source=self, now=now)  # noqa: SLF001 - of the same class
                else:
                    taken.append(message)
        return taken

    def _is_exhausted(self, message: Stored) -> bool:
        redrive = self.settings.redrive
        receives = message.receive_count - message.receives_elsewhere
        return redrive is not None and receives >= redrive.max_receive_count

    def _adopt(self, message: Stored, *, source: "MessageStore", now: float) -> None:
        """Take over a dead letter, which keeps its id, its send time and its receive count."""
        message.receives_elsewhere = message.receive_count
        message.source_arn = source.arn
        message.receipt = None
        begin = message.sent_at
        if self.settings.fifo:
            # SQS: here a dead letter's retention counts from its arrival, on standard queues from its send
            begin = now
            message.sequence = self._account.next_sequence()
            message.sent = replace(message.sent, sequence_number=sequence_number(message.sequence))
        self._shelf.advance(now)
        self._shelf.enter(message, visible_at=now, expires_at=begin + self.settings.retention, now=now)

    def _deliver(self, message: Stored, visibility: float, now: float) -> Received:
        message.receive_count += 1
        message.received_at = now
        if message.first_received_at is None:
            message.first_received_at = now
        receipt = message.receipt = issue(self.name, message.id, message.receive_count)
        self._shelf.hide(message, until=now + visibility)
        return Received(
            id=message.id,
            receipt=receipt,
            sending=message.sending,
            sent=message.sent,
            receive_count=message.receive_count,
            first_received_at=message.first_received_at + self._account.epoch,
            sent_at=message.sent_at + self._account.epoch,
            sender_id=self._account.sender_id,
            source_arn=message.source_arn,
        )

    def _repeat(self, attempt_id: str, visibility: float, now: float) -> list[Received]:
        """Repeat a receive whose answer was lost, as long as all of its messages are still held by it.

        Source: ReceiveRequestAttemptId, API reference; the visibility timeouts start anew.
        """
        answer = self._attempts.get(attempt_id, now=now) or []
        messages = [self._shelf.find(received.id) for received in answer]
        held = [
            message
            for message, received in zip(messages, answer, strict=True)
            if message is not None and _is_held(message, received.receipt)
        ]
        if len(held) < len(answer):
            return []
        for message in held:
            self._shelf.hide(message, until=now + visibility)
        return answer

    def _find(self, receipt: ReceiptHandle, now: float) -> Stored | None:
        self._shelf.advance(now)
        return self._shelf.find(message_of(receipt, queue_name=self.name))


def _is_held(message: Stored, receipt: ReceiptHandle) -> bool:
    return message.state is State.IN_FLIGHT and message.receipt == receipt
