"""SQS without the network: queues and their messages, with the time as argument."""

from collections.abc import Callable
from itertools import count

from sqsd_adapters.queue.embedded.account import Account
from sqsd_adapters.queue.embedded.catalogue import Catalogue
from sqsd_adapters.queue.embedded.delivery import shown
from sqsd_adapters.queue.embedded.errors import SqsError, invalid_value_of
from sqsd_adapters.queue.embedded.interventions import Interventions
from sqsd_adapters.queue.embedded.journal import Journal
from sqsd_adapters.queue.embedded.place import HOME, Place
from sqsd_adapters.queue.embedded.settings import QueueSettings, check_visibility
from sqsd_adapters.queue.embedded.shelf import Counts
from sqsd_adapters.queue.embedded.store import MessageStore
from sqsd_adapters.queue.embedded.stored import Received, Sending, Sent, State
from sqsd_core.limits import MAX_BATCH
from sqsd_core.message import MessageId, ReceiptHandle

MAX_IN_FLIGHT = 120_000  # SQS: messages of one queue
PURGE_INTERVAL = 60.0  # SQS: seconds between two PurgeQueue
SENDER_ID = "AIDAEXAMPLEEMBEDDEDSQS"
#: LocalStack's, where a message is shown without being received
NO_RECEIPT = ReceiptHandle("SQS/BACKDOOR/ACCESS")


def _ignore(queue_name: str) -> None:
    del queue_name


class Engine(Catalogue):
    """SQS's semantics for one account.

    Every method that depends on time takes ``now`` in seconds, which must not go back from call to call;
    whatever clock that is, ``epoch`` is the Unix time at its 0. Raises SqsError as SQS would. Not
    thread-safe.
    """

    def __init__(
        self,
        *,
        new_id: Callable[[], str],
        on_change: Callable[[str], None] = _ignore,
        epoch: float = 0.0,
        sender_id: str = SENDER_ID,
        max_in_flight: int = MAX_IN_FLIGHT,
        purge_interval: float = PURGE_INTERVAL,
        place: Place = HOME,
        first_sequence: int = 1,
        journal: Journal | None = None,
    ) -> None:
        """Take what an engine cannot make by itself.

        ``on_change`` is told a queue's name when one of its messages is receivable, or will be at another time
        than before; it is called in the midst of a change and must not call the engine. Nor must ``journal``.
        """
        sequence = count(first_sequence)
        account = Account(
            new_id=new_id,
            next_sequence=lambda: next(sequence),
            sender_id=sender_id,
            max_in_flight=max_in_flight,
            epoch=epoch,
            place=place,
            purge_interval=purge_interval,
        )
        super().__init__(account=account, on_change=on_change, journal=journal)

    @property
    def place(self) -> Place:
        return self._account.place

    @property
    def epoch(self) -> float:
        return self._account.epoch

    def settings(self, name: str) -> QueueSettings:
        return self._queue(name).settings

    def counts(self, name: str, *, now: float) -> Counts:
        return self._queue(name).counts(now=now)

    def send(self, name: str, sending: Sending, *, now: float) -> Sent:
        return self._queue(name).send(sending, now=now)

    def receive(
        self,
        name: str,
        *,
        limit: int = 1,
        visibility: float | None = None,
        attempt_id: str | None = None,
        newest_first: bool = False,
        long_poll: bool = False,
        now: float,
    ) -> list[Received]:
        """Receive what is visible now, without waiting; ``visibility`` defaults to the queue's.

        An attempt of a long poll brings nothing where a receive without a wait raises OverLimit.
        """
        queue = self._queue(name)
        _check_receive(limit, visibility)
        return queue.receive(
            limit=limit,
            visibility=queue.settings.visibility if visibility is None else visibility,
            attempt_id=attempt_id if queue.settings.fifo else None,
            newest_first=newest_first,
            long_poll=long_poll,
            dead_letters=self._dead_letters_of(queue),
            now=now,
        )

    def receive_again(self, name: str, *, limit: int, visibility: float | None, now: float) -> list[Received]:
        """Deliver messages in flight a second time: at least once is all that SQS promises."""
        queue = self._queue(name)
        hidden_for = queue.settings.visibility if visibility is None else visibility
        return queue.receive_again(limit=limit, visibility=hidden_for, now=now)

    def delete(self, name: str, receipt: ReceiptHandle, *, redeliver: bool = False, now: float) -> None:
        self._queue(name).delete(receipt, redeliver=redeliver, now=now)

    def change_visibility(self, name: str, receipt: ReceiptHandle, timeout: float, *, now: float) -> None:
        self._queue(name).change_visibility(receipt, timeout, now=now)

    def purge(self, name: str, *, now: float) -> None:
        self._queue(name).purge(now=now)

    def next_origin(self, name: str, *, now: float) -> str | None:
        """The ARN of the queue that the next visible message came from, or "" for none; None without a message."""
        message = self._queue(name).peek(now=now)
        return None if message is None else message.source_arn or ""

    def move_next(self, name: str, target: str, *, now: float) -> None:
        """Move the next visible message to another queue, where it is a new one."""
        destination = self._queue(target)
        message = self._queue(name).take_out(now=now)
        if message is not None:
            destination.put_anew(message.sending, now=now)

    def interventions(self, name: str) -> Interventions:
        queue = self._queue(name)
        return Interventions(store=queue, dead_letters=self._dead_letters_of(queue))

    def send_back(self, name: str, message_id: MessageId, target: str, *, now: float) -> Sent | None:
        """Move one message to another queue, where it is a new one; None where it is gone."""
        return self.interventions(name).send_back(message_id, self._queue(target), now=now)

    def wait_time(self, name: str) -> int:
        """Seconds that a receive waits which does not say how long."""
        return self._queue(name).settings.wait

    def receivable(self, name: str, *, now: float) -> bool:
        """Whether a receive would bring a message, or move one to the dead-letter queue."""
        return self._queue(name).receivable(now=now)

    def bodies(self, name: str, *, now: float) -> list[str]:
        """What is in a queue, in whatever state, in the order of arrival."""
        return [message.sending.body for message in self._queue(name).messages(now=now)]

    def look(self, name: str, *, now: float) -> list[tuple[State, Received]]:
        """Every message of a queue with its state, without receiving it."""
        return [
            (message.state, shown(message, receipt=NO_RECEIPT, account=self._account))
            for message in self._queue(name).messages(now=now)
        ]

    def next_at(self, name: str) -> float | None:
        """The instant at which a message of the queue becomes visible by itself."""
        return self._queue(name).next_at()

    def _dead_letters_of(self, queue: MessageStore) -> MessageStore | None:
        redrive = queue.settings.redrive
        return self._queue(redrive.target) if redrive is not None and redrive.target in self else None


def _check_receive(limit: int, visibility: float | None) -> None:
    if not 1 <= limit <= MAX_BATCH:
        raise invalid_limit(limit)
    if visibility is not None:
        check_visibility(visibility)


def invalid_limit(limit: int) -> SqsError:
    return invalid_value_of("MaxNumberOfMessages", limit, f"Must be between 1 and {MAX_BATCH}, if provided.")
