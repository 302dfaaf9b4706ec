"""The queues of one account: their names, attributes, tags and permissions, and who redrives to whom."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

from sqsd_adapters.queue.embedded.account import Account
from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError, invalid_parameter, queue_does_not_exist
from sqsd_adapters.queue.embedded.journal import Journal, QueueRecord
from sqsd_adapters.queue.embedded.permissions import with_permission, without_permission
from sqsd_adapters.queue.embedded.redrive import unusable_target
from sqsd_adapters.queue.embedded.settings import (
    QueueSettings,
    changed_settings,
    check_throughput,
    parse_settings,
)
from sqsd_adapters.queue.embedded.store import MessageStore
from sqsd_adapters.queue.embedded.tags import check_tags

NOTHING: Mapping[str, str] = MappingProxyType({})

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}|(?=.{1,80}$)[A-Za-z0-9_-]+\.fifo")
_NAME_RULE = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
_FIFO_NAME_RULE = (
    "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
    "must end with .fifo suffix and be 1 to 80 in length"
)


@dataclass(slots=True, kw_only=True)
class _Entry:
    """One queue. Instants are the engine's."""

    store: MessageStore
    created_at: float
    modified_at: float
    tags: dict[str, str] = field(default_factory=dict)


class Catalogue:
    """Creates, changes, lists and deletes queues; raises SqsError as SQS would."""

    def __init__(self, *, account: Account, on_change: Callable[[str], None], journal: Journal | None) -> None:
        self._account = account
        self._on_change = on_change
        self._journal = journal
        self._entries: dict[str, _Entry] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def queue_names(self, prefix: str = "") -> list[str]:
        return sorted(name for name in self._entries if name.startswith(prefix))

    def create_queue(
        self, name: str, attributes: Mapping[str, str] = NOTHING, *, tags: Mapping[str, str] = NOTHING, now: float
    ) -> None:
        """Create a queue; one that exists must not differ in the attributes given, and keeps its tags."""
        check_tags(tags, queue=name)
        settings = self._parse(name, attributes)
        if name in self._entries:
            self._check_same(name, settings)
            return
        self._entries[name] = _Entry(
            store=self._store(name, settings), created_at=now, modified_at=now, tags=dict(tags)
        )
        self._note(name)

    def delete_queue(self, name: str) -> None:
        """Delete a queue and its messages; unlike SQS's, its name is free at once."""
        self._queue(name).clear()
        del self._entries[name]
        if self._journal is not None:
            self._journal.queue_gone(name)
        self._on_change(name)

    def restore_queue(self, record: QueueRecord) -> MessageStore:
        """Put back a queue that a journal has kept."""
        settings = parse_settings(record.name, record.attributes, place=self._account.place)
        store = self._store(record.name, settings)
        self._entries[record.name] = _Entry(
            store=store, created_at=record.created_at, modified_at=record.modified_at, tags=dict(record.tags)
        )
        return store

    def set_attributes(self, name: str, attributes: Mapping[str, str], *, now: float) -> None:
        """Change some attributes of a queue; an empty value takes one away."""
        store = self._queue(name)
        settings = changed_settings(name, store.settings, attributes, place=self._account.place)
        check_throughput(settings, given=attributes)
        self._check_redrive(name, settings)
        store.change(settings, now=now)
        self._entries[name].modified_at = now
        self._note(name)

    def attributes(self, name: str, *, now: float) -> dict[str, str]:
        """All attributes of a queue, the counts included."""
        store, entry = self._queue(name), self._entries[name]
        counts = store.counts(now=now)
        return {
            **store.settings.shown,
            "QueueArn": store.arn,
            "ApproximateNumberOfMessages": str(counts.visible),
            "ApproximateNumberOfMessagesNotVisible": str(counts.in_flight),
            "ApproximateNumberOfMessagesDelayed": str(counts.delayed),
            "CreatedTimestamp": str(int(entry.created_at + self._account.epoch)),
            "LastModifiedTimestamp": str(int(entry.modified_at + self._account.epoch)),
        }

    def tags(self, name: str) -> dict[str, str]:
        self._queue(name)
        return dict(self._entries[name].tags)

    def tag(self, name: str, tags: Mapping[str, str]) -> None:
        """Add tags, and overwrite those of the same keys."""
        check_tags({**self.tags(name), **tags}, queue=name)
        self._entries[name].tags.update(tags)
        self._note(name)

    def untag(self, name: str, keys: Iterable[str]) -> None:
        """Take tags away; a key that is not there is no error."""
        self._queue(name)
        for key in keys:
            self._entries[name].tags.pop(key, None)
        self._note(name)

    def add_permission(self, name: str, *, label: str, accounts: list[str], actions: list[str], now: float) -> None:
        """Add a statement to the queue's policy, which is shown and without effect here."""
        store = self._queue(name)
        policy = with_permission(
            store.settings.shown.get("Policy"), arn=store.arn, label=label, accounts=accounts, actions=actions
        )
        self.set_attributes(name, {"Policy": policy}, now=now)

    def remove_permission(self, name: str, *, label: str, now: float) -> None:
        """Take a statement out of the queue's policy."""
        policy = without_permission(self._queue(name).settings.shown.get("Policy"), label=label)
        self.set_attributes(name, {"Policy": policy}, now=now)

    def dead_letter_sources(self, name: str) -> list[str]:
        """The names of the queues that have this one as their dead-letter queue."""
        self._queue(name)
        return [source for source in self.queue_names() if self.dead_letter_queue(source) == name]

    def max_receive_count(self, name: str) -> int | None:
        """Receives after which a message moves to the dead-letter queue; None without one."""
        redrive = self._queue(name).settings.redrive
        return None if redrive is None else redrive.max_receive_count

    def dead_letter_queue(self, name: str) -> str | None:
        """The name of the queue's dead-letter queue, where there is one."""
        redrive = self._queue(name).settings.redrive
        return None if redrive is None else redrive.target

    def _queue(self, name: str) -> MessageStore:
        try:
            return self._entries[name].store
        except KeyError:
            raise queue_does_not_exist() from None

    def _store(self, name: str, settings: QueueSettings) -> MessageStore:
        on_change = partial(self._on_change, name)
        return MessageStore(
            account=self._account, name=name, settings=settings, on_change=on_change, journal=self._journal
        )

    def _parse(self, name: str, attributes: Mapping[str, str]) -> QueueSettings:
        if attributes.get("FifoQueue", "").lower() == "true" and not name.endswith(".fifo"):
            raise invalid_parameter(_FIFO_NAME_RULE)
        if not _NAME.fullmatch(name):
            raise invalid_parameter(_NAME_RULE)
        settings = parse_settings(name, attributes, place=self._account.place)
        check_throughput(settings, given=attributes)
        self._check_redrive(name, settings)
        return settings

    def _check_redrive(self, name: str, settings: QueueSettings) -> None:
        redrive = settings.redrive
        if redrive is None:
            return
        entry = self._entries.get(redrive.target)
        if entry is None:
            raise unusable_target(redrive, "Dead letter target does not exist.")
        target = entry.store.settings
        if target.fifo is not settings.fifo:
            raise unusable_target(redrive, "Dead-letter queue must be same type of queue as the source.")
        if not target.redrive_allow.admits(self._account.place.arn_of(name)):
            raise unusable_target(redrive, "The dead-letter queue's RedriveAllowPolicy does not allow this source.")

    def _check_same(self, name: str, settings: QueueSettings) -> None:
        existing = self._queue(name).settings.shown
        for attribute, value in settings.given.items():
            if existing.get(attribute, "") != value:
                raise SqsError(
                    ErrorCode.QUEUE_NAME_EXISTS,
                    f"A queue already exists with the same name and a different value for attribute {attribute}",
                )

    def _note(self, name: str) -> None:
        if self._journal is not None:
            entry = self._entries[name]
            self._journal.queue_changed(
                QueueRecord(
                    name=name,
                    attributes=entry.store.settings.given,
                    tags=entry.tags,
                    created_at=entry.created_at,
                    modified_at=entry.modified_at,
                )
            )
