"""One queue by SQS's rules: deduplication, receipts, receive attempts, time limits and redrive."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from sqsd_adapters.queue.embedded.account import Account
from sqsd_adapters.queue.embedded.attempts import Attempts
from sqsd_adapters.queue.embedded.deduplication import Deduplication, with_deduplication_id
from sqsd_adapters.queue.embedded.delivery import become_dead_letter, deliver
from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError, invalid_receipt, invalid_timeout
from sqsd_adapters.queue.embedded.journal import Journal
from sqsd_adapters.queue.embedded.receipts import message_of
from sqsd_adapters.queue.embedded.sending import check_sending
from sqsd_adapters.queue.embedded.settings import MAX_VISIBILITY, QueueSettings, check_visibility
from sqsd_adapters.queue.embedded.shelf import Counts, Shelf
from sqsd_adapters.queue.embedded.stored import Received, Sending, Sent, State, Stored, is_held
from sqsd_adapters.queue.embedded.taking import room, take
from sqsd_core.message import ReceiptHandle


class MessageStore:
    """The messages of one queue; ``now`` never goes back, durations are seconds, each operation O(log n)."""

    def __init__(
        self,
        *,
        account: Account,
        name: str,
        settings: QueueSettings,
        on_change: Callable[[], None],
        journal: Journal | None = None,
    ) -> None:
        self.name = name
        self.arn = account.place.arn_of(name)
        self.settings = settings
        self._account = account
        self._on_change = on_change
        self._journal = journal
        self._last_purge: float | None = None
        self._deduplication = Deduplication(by_group=settings.deduplication_by_group)
        self._attempts = Attempts()
        self.shelf = self._empty_shelf()

    def change(self, settings: QueueSettings, *, now: float) -> None:
        """Take other settings. All hold at once, except the scope of deduplication ids.

        The retention period also holds for messages that are in the queue, and so does the delay of a FIFO queue
        (SQS: SetQueueAttributes, delay queues).
        """
        self.shelf.advance(now)
        before, self.settings = self.settings, settings
        self._deduplication.change_scope(by_group=settings.deduplication_by_group, now=now)
        if settings.retention != before.retention:
            self.shelf.retain(longer=settings.retention - before.retention)
        if settings.fifo and settings.delay != before.delay:
            self.shelf.delay(by=settings.delay)
        self.shelf.advance(now)

    def send(self, sending: Sending, *, now: float) -> Sent:
        """Store a message, unless a FIFO queue has just stored one with the same deduplication id."""
        check_sending(sending, self.settings)
        self.shelf.advance(now)
        if not self.settings.fifo:
            return self._store(sending, now)
        first = self._deduplication.find(sending, now=now)
        if first is not None:
            return first.repeated(sending)
        sent = self._store(with_deduplication_id(sending), now)
        self._deduplication.remember(sending, sent, now=now)
        return sent

    def receive(
        self,
        *,
        limit: int,
        visibility: float,
        now: float,
        attempt_id: str | None = None,
        newest_first: bool = False,
        long_poll: bool = False,
        dead_letters: "MessageStore | None" = None,
    ) -> list[Received]:
        """Take visible messages; those that were received too often move to ``dead_letters`` instead."""
        self.shelf.advance(now)
        if attempt_id and (answer := self._attempts.repeat(attempt_id, self.shelf, visibility=visibility, now=now)):
            return answer
        bury = None if dead_letters is None else partial(dead_letters.adopt, source=self, now=now)
        in_flight, most = self.shelf.counts.in_flight, self._account.max_in_flight
        free = room(limit, in_flight=in_flight, most=most, quiet=long_poll or self.settings.fifo)
        taken = take(self.shelf, free, redrive=self.settings.redrive, bury=bury, newest_first=newest_first)
        answer = [self._deliver(message, visibility, now) for message in taken]
        if attempt_id and answer:
            self._attempts.remember(attempt_id, answer, taken, now=now)
        return answer

    def receive_again(self, *, limit: int, visibility: float, now: float) -> list[Received]:
        """Deliver messages that are in flight a second time, as a standard queue may."""
        self.shelf.advance(now)
        return [self._deliver(message, visibility, now) for message in [*self.shelf.in_flight][:limit]]

    def delete(self, receipt: ReceiptHandle, *, redeliver: bool = False, now: float) -> None:
        """Delete a message by its latest receipt; what is gone already is no error.

        With ``redeliver`` a message is visible again at once, the first time that it is deleted.

        Sources: DeleteMessage in the API reference (with an old receipt the request succeeds, but the message
        might not be deleted: here it never is; on a standard queue the latest receipt outlives the visibility
        timeout), and AWS's Knowledge Center on receipt handle errors (on a FIFO queue it does not).
        """
        message = self._find(receipt, now)
        if message is None:
            return
        if self.settings.fifo and not is_held(message, receipt):
            raise invalid_receipt(receipt, "The receipt handle has expired.")
        if message.receipt != receipt:
            return
        if redeliver and not message.redelivered:
            message.redelivered = True
            self.shelf.show(message, now=now)
        else:
            self.shelf.remove(message)

    def change_visibility(self, receipt: ReceiptHandle, timeout: float, *, now: float) -> None:
        """Hide a delivery for ``timeout`` seconds from now; 0 shows the message at once.

        On a standard queue any receipt of the message will do. Once the message is visible again there is nothing
        to change: a standard queue says nothing, a FIFO queue refuses the receipt (ADR 22 has the sources).
        """
        check_visibility(timeout)
        message = self._find(receipt, now)
        if message is None:
            reason = "Message does not exist or is not available for visibility timeout change."
            raise invalid_receipt(receipt, reason)
        if self.settings.fifo and not is_held(message, receipt):
            raise invalid_receipt(receipt, "The receipt handle has expired.")
        if message.state is not State.IN_FLIGHT:
            return
        if now + timeout > message.received_at + MAX_VISIBILITY:
            reason = f"Total VisibilityTimeout for the message is beyond the limit [{MAX_VISIBILITY} seconds]"
            raise invalid_timeout(timeout, reason)
        self._attempts.forget(message)
        self.shelf.hide(message, until=now + timeout)
        self.shelf.advance(now)

    def purge(self, *, now: float) -> None:
        """Delete every message, in flight or not, and forget what deduplication has remembered (ADR 22)."""
        if self._last_purge is not None and now < self._last_purge + self._account.purge_interval:
            raise SqsError(
                ErrorCode.PURGE_IN_PROGRESS,
                f"Only one PurgeQueue operation on {self.name} is allowed every 60 seconds.",
            )
        self._last_purge = now
        self._deduplication = Deduplication(by_group=self.settings.deduplication_by_group)
        self.clear()

    def clear(self) -> None:
        """Forget every message."""
        if self._journal is not None:
            for message in self.shelf:
                self._journal.message_gone(message)
        self.shelf = self._empty_shelf()

    def counts(self, *, now: float) -> Counts:
        self.shelf.advance(now)
        return self.shelf.counts

    def receivable(self, *, now: float) -> bool:
        """Whether a receive would bring (or move) a message."""
        self.shelf.advance(now)
        return self.shelf.receivable and self.shelf.counts.in_flight < self._account.max_in_flight

    def messages(self, *, now: float) -> list[Stored]:
        """What is in the queue, in whatever state, in the order of arrival."""
        self.shelf.advance(now)
        return list(self.shelf)

    def peek(self, *, now: float) -> Stored | None:
        """The message that ``take_out`` would remove."""
        self.shelf.advance(now)
        return self.shelf.next_visible()

    def take_out(self, *, now: float) -> Stored | None:
        """Remove the next visible message, as a message move task does."""
        self.shelf.advance(now)
        taken = self.shelf.take(1)
        if not taken:
            return None
        self.shelf.remove(taken[0])
        return taken[0]

    def put_anew(self, sending: Sending, *, now: float) -> Sent:
        """Store what a move task brings, with a new id and a new send time.

        Deduplication does not apply: SQS's documentation does not say, and it would lose the message.
        """
        self.shelf.advance(now)
        return self._store(replace(sending, delay=None), now)

    def adopt(self, message: Stored, *, source: "MessageStore", now: float) -> None:
        """Take in a message of another queue that was received too often."""
        sequence = self._account.next_sequence() if self.settings.fifo else None
        begin = become_dead_letter(message, source_arn=source.arn, sequence=sequence, now=now)
        self.shelf.advance(now)
        self.shelf.enter(message, visible_at=now, expires_at=begin + self.settings.retention, now=now)

    def restore(self, message: Stored, *, hidden_until: float, expires_at: float, now: float) -> None:
        """Put back a message that a journal has kept; messages come back in the order of their sequences."""
        self.shelf.restore(message, hidden_until=hidden_until, expires_at=expires_at, now=now)
        if self.settings.fifo:
            self._deduplication.remember(message.sending, message.sent, now=message.sent_at)

    def next_at(self) -> float | None:
        """The instant at which a delay or a visibility timeout ends next."""
        return self.shelf.next_at()

    def _empty_shelf(self) -> Shelf:
        return Shelf(fifo=self.settings.fifo, on_change=self._on_change, name=self.name, journal=self._journal)

    def _store(self, sending: Sending, now: float) -> Sent:
        sequence = self._account.next_sequence()
        sent = Sent.of(sending, message_id=self._account.new_id(), sequence=sequence if self.settings.fifo else None)
        message = Stored(id=sent.message_id, sending=sending, sent=sent, sent_at=now, sequence=sequence)
        delay = self.settings.delay if sending.delay is None or self.settings.fifo else sending.delay
        expires_at = now + self.settings.retention
        self.shelf.enter(message, visible_at=now + delay, expires_at=expires_at, now=now)
        return sent

    def _deliver(self, message: Stored, visibility: float, now: float) -> Received:
        received = deliver(message, queue_name=self.name, account=self._account, now=now)
        self.shelf.hide(message, until=now + visibility)
        return received

    def _find(self, receipt: ReceiptHandle, now: float) -> Stored | None:
        self.shelf.advance(now)
        return self.shelf.find(message_of(receipt, queue_name=self.name))
