"""SQS without the network: queues, their attributes and redrive between them, with the time as argument."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from types import MappingProxyType

from sqsd_adapters.queue.embedded.account import Account
from sqsd_adapters.queue.embedded.errors import (
    ErrorCode,
    SqsError,
    invalid_parameter,
    queue_does_not_exist,
)
from sqsd_adapters.queue.embedded.settings import (
    QueueSettings,
    arn_of,
    check_visibility,
    name_of,
    parse_settings,
)
from sqsd_adapters.queue.embedded.shelf import Counts
from sqsd_adapters.queue.embedded.store import MessageStore
from sqsd_adapters.queue.embedded.stored import Received, Sending, Sent
from sqsd_core.message import ReceiptHandle
from sqsd_core.ports.queue import MAX_BATCH

MAX_IN_FLIGHT = 120_000  # SQS: messages of one queue
SENDER_ID = "AIDAEXAMPLEEMBEDDEDSQS"

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}|(?=.{1,80}$)[A-Za-z0-9_-]+\.fifo")
_NOTHING: Mapping[str, str] = MappingProxyType({})


def _ignore(queue_name: str) -> None:
    del queue_name


class Engine:
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
    ) -> None:
        """Take what an engine cannot make by itself.

        ``on_change`` is told a queue's name when one of its messages is receivable, or will be at another time
        than before; it is called in the midst of a change and must not call the engine.
        """
        self._on_change = on_change
        self._epoch = epoch
        self._queues: dict[str, MessageStore] = {}
        self._created: dict[str, tuple[float, float]] = {}
        sequence = count(1)
        self._account = Account(
            new_id=new_id,
            next_sequence=lambda: next(sequence),
            sender_id=sender_id,
            max_in_flight=max_in_flight,
            epoch=epoch,
        )

    def create_queue(self, name: str, attributes: Mapping[str, str] = _NOTHING, *, now: float) -> None:
        """Create a queue; one that exists must not differ in the attributes given."""
        if not _NAME.fullmatch(name):
            raise invalid_parameter(
                "Can only include alphanumeric characters, hyphens, or underscores, and end with .fifo for a "
                "FIFO queue. 1 to 80 in length"
            )
        settings = self._parse(name, attributes)
        if (existing := self._queues.get(name)) is None:
            self._queues[name] = MessageStore(
                account=self._account,
                name=name,
                arn=arn_of(name),
                settings=settings,
                on_change=partial(self._on_change, name),
            )
            self._created[name] = (now, now)
            return
        for attribute, value in attributes.items():
            if existing.settings.shown.get(attribute, "") != value:
                raise SqsError(
                    ErrorCode.QUEUE_NAME_EXISTS,
                    f"A queue already exists with the same name and a different value for attribute {attribute}",
                )

    def delete_queue(self, name: str) -> None:
        """Delete a queue and its messages; unlike SQS's, its name is free at once."""
        self._queue(name)
        del self._queues[name], self._created[name]
        self._on_change(name)

    def __contains__(self, name: str) -> bool:
        return name in self._queues

    def queue_names(self, prefix: str = "") -> list[str]:
        return sorted(name for name in self._queues if name.startswith(prefix))

    def set_attributes(self, name: str, attributes: Mapping[str, str], *, now: float) -> None:
        """Change some attributes of a queue; an empty value takes one away."""
        queue = self._queue(name)
        given = {key: value for key, value in queue.settings.shown.items() if key != "FifoQueue"}
        queue.settings = self._parse(name, {**given, **attributes})
        self._created[name] = (self._created[name][0], now)

    def attributes(self, name: str, *, now: float) -> dict[str, str]:
        """All attributes of a queue, the counts included."""
        queue = self._queue(name)
        counts = queue.counts(now=now)
        created, modified = self._created[name]
        return {
            **queue.settings.shown,
            "QueueArn": queue.arn,
            "ApproximateNumberOfMessages": str(counts.visible),
            "ApproximateNumberOfMessagesNotVisible": str(counts.in_flight),
            "ApproximateNumberOfMessagesDelayed": str(counts.delayed),
            "CreatedTimestamp": str(int(created + self._epoch)),
            "LastModifiedTimestamp": str(int(modified + self._epoch)),
        }

    def counts(self, name: str, *, now: float) -> Counts:
        return self._queue(name).counts(now=now)

    def max_receive_count(self, name: str) -> int | None:
        """Receives after which a message moves to the dead-letter queue; None without one."""
        redrive = self._queue(name).settings.redrive
        return None if redrive is None else redrive.max_receive_count

    def dead_letter_queue(self, name: str) -> str | None:
        """The name of the queue's dead-letter queue, where there is one."""
        redrive = self._queue(name).settings.redrive
        return None if redrive is None else name_of(redrive.target_arn)

    def send(self, name: str, sending: Sending, *, now: float) -> Sent:
        return self._queue(name).send(sending, now=now)

    def receive(
        self,
        name: str,
        *,
        limit: int = 1,
        visibility: float | None = None,
        attempt_id: str | None = None,
        now: float,
    ) -> list[Received]:
        """Receive what is visible now, without waiting; ``visibility`` defaults to the queue's."""
        queue = self._queue(name)
        _check_receive(limit, visibility)
        return queue.receive(
            limit=limit,
            visibility=queue.settings.visibility if visibility is None else visibility,
            attempt_id=attempt_id if queue.settings.fifo else None,
            dead_letters=self._dead_letters_of(queue),
            now=now,
        )

    def receive_again(self, name: str, *, limit: int, visibility: float | None, now: float) -> list[Received]:
        """Deliver messages in flight a second time: at least once is all that SQS promises."""
        queue = self._queue(name)
        hidden_for = queue.settings.visibility if visibility is None else visibility
        return queue.receive_again(limit=limit, visibility=hidden_for, now=now)

    def delete(self, name: str, receipt: ReceiptHandle, *, now: float) -> None:
        self._queue(name).delete(receipt, now=now)

    def change_visibility(self, name: str, receipt: ReceiptHandle, timeout: float, *, now: float) -> None:
        self._queue(name).change_visibility(receipt, timeout, now=now)

    def purge(self, name: str, *, now: float) -> None:
        self._queue(name).purge(now=now)

    def wait_time(self, name: str) -> int:
        """Seconds that a receive waits which does not say how long."""
        return self._queue(name).settings.wait

    def receivable(self, name: str, *, now: float) -> bool:
        """Whether a receive would bring a message, or move one to the dead-letter queue."""
        return self._queue(name).receivable(now=now)

    def bodies(self, name: str, *, now: float) -> list[str]:
        """What is in a queue, in whatever state, in the order of arrival."""
        return self._queue(name).bodies(now=now)

    def next_at(self, name: str) -> float | None:
        """The instant at which a message of the queue becomes visible by itself."""
        return self._queue(name).next_at()

    def _queue(self, name: str) -> MessageStore:
        try:
            return self._queues[name]
        except KeyError:
            raise queue_does_not_exist() from None

    def _parse(self, name: str, attributes: Mapping[str, str]) -> QueueSettings:
        settings = parse_settings(name, attributes)
        if settings.redrive is not None:
            target = self._queues.get(name_of(settings.redrive.target_arn))
            if target is None or target.settings.fifo is not settings.fifo:
                raise invalid_parameter(
                    f"Value {settings.shown['RedrivePolicy']} for parameter RedrivePolicy is invalid. "
                    "Reason: Dead letter target does not exist or is of another type."
                )
        return settings

    def _dead_letters_of(self, queue: MessageStore) -> MessageStore | None:
        redrive = queue.settings.redrive
        return None if redrive is None else self._queues.get(name_of(redrive.target_arn))


def _check_receive(limit: int, visibility: float | None) -> None:
    if not 1 <= limit <= MAX_BATCH:
        raise invalid_parameter(
            f"Value {limit} for parameter MaxNumberOfMessages is invalid. "
            f"Reason: Must be between 1 and {MAX_BATCH}, if provided."
        )
    if visibility is not None:
        check_visibility(visibility)
