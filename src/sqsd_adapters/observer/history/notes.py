"""What a history is told, as it is kept until somebody asks: a few tuples per batch of messages.

A note is a tuple: the function that reads it, the ids of its messages, and what else that function needs. Notes are
neither objects nor made by functions of their own, since each call costs a history half of what it may cost in all.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from sqsd_adapters.observer.history.record import HEAD, Mark, Record, shorten
from sqsd_core.message import Message, MessageId

PAGES = 16  # of a full history, at least
PAGE = 200  # messages of a page, about: to read them takes a millisecond

Records: TypeAlias = dict[MessageId, Record]
#: whether a message that has no record gets one
Wanted = Callable[[MessageId], bool]
Note: TypeAlias = tuple[Any, ...]
#: is told which messages have changed, or are forgotten; the calls must not wait
Changed = Callable[[Iterable[MessageId]], None]

_COLUMNS = 1 + Message._fields.index("group_id")  # of a message's fields, as many as are read
identity = itemgetter(Message._fields.index("id"))


class Page(NamedTuple):
    """Notes that are forgotten together."""

    notes: Sequence[Note]
    #: that have arrived on this page
    messages: int
    #: Unix time of the latest arrival in seconds; 0 if the page was taken before it was full
    until: float


class Notes:
    """The notes in their order, on pages, so that many are forgotten at once."""

    def __init__(self, *, size: int) -> None:
        self._full = page_size(size)
        self._pages: deque[Page] = deque()
        self._page: list[Note] = []
        self._messages = 0
        #: adds a note
        self.add = self._page.append
        #: messages that have arrived on all pages; one that has arrived twice counts as two
        self.messages = 0

    def arrived(self, messages: int, at: float) -> bool:
        """Count what the latest note brought. Returns whether that has filled a page, and another one begins."""
        self.messages += messages
        self._messages += messages
        if self._messages < self._full:
            return False
        self._turn(at)
        return True

    @property
    def oldest(self) -> int:
        """Messages on the oldest page."""
        return self._pages[0].messages if self._pages else self._messages

    def take(self) -> Page:
        """Take out the oldest page; one without notes when there is none."""
        if not self._pages:
            self._turn(0.0)
        page = self._pages.popleft()
        self.messages -= page.messages
        return page

    def _turn(self, at: float) -> None:
        self._pages.append(Page(self._page, self._messages, at))
        self._messages, self._page = 0, []
        self.add = self._page.append


def page_size(size: int) -> int:
    """How many messages fill a page of a history of ``size`` messages."""
    return max(1, min(PAGE, size // PAGES))


class ReadAtOnce:
    """In place of ``Notes`` where each change has to be known at once."""

    messages = oldest = 0

    def __init__(self, *, records: Records, changed: Changed) -> None:
        self._records = records
        self._changed = changed

    def add(self, note: Note) -> None:
        read, ids, *_ = note
        read(note, self._records, anything)
        if read is not read_successes:  # the deletion follows, and is told
            self._changed(ids)

    def arrived(self, messages: int, at: float) -> bool:
        del messages, at
        return True

    def take(self) -> Page:
        return Page((), 0, 0.0)


def anything(message_id: MessageId) -> bool:
    """Whatever it is, it is wanted."""
    del message_id
    return True


def arrivals(queue: str, messages: Sequence[Message], at: float, by: str) -> Note:
    """Note a receive. Columns of all messages are taken, which costs half of taking the fields of each."""
    ids, _, bodies, counts, _, sent, _, groups = islice(zip(*messages), _COLUMNS)  # noqa: B905 - one type, one length
    return (read_arrivals, ids, queue, at, by, (*map(len, bodies),), counts, sent, groups)


def read_arrivals(note: Note, records: Records, wanted: Wanted) -> None:
    """Begin the records of messages that were received."""
    _, ids, queue, at, by, *columns = note
    for message_id, size, count, *facts in zip(ids, *columns, strict=True):
        if message_id in records or wanted(message_id):
            record = records.setdefault(message_id, [queue, size, (message_id, count, *facts)])
            record.append((Mark.RECEIVED, at, count, by))
            shorten(record)


def read_successes(note: Note, records: Records, wanted: Wanted) -> None:
    """Add jobs that succeeded."""
    del wanted
    _, ids, began, durations = note
    for message_id, *times in zip(ids, began, durations, strict=True):
        if (record := records.get(message_id)) is not None:
            record.append((Mark.SUCCEEDED, *times))


def read_deletions(note: Note, records: Records, wanted: Wanted) -> None:
    """Add confirmed deletions."""
    del wanted
    _, ids, at = note
    for message_id in ids:
        if (record := records.get(message_id)) is not None:
            record.append((Mark.DELETED, at))


def read_trouble(note: Note, records: Records, wanted: Wanted) -> None:
    """Add what happened to one message that is not done; its receive may be forgotten, so the note has the facts."""
    del wanted
    _, (message_id,), head, event = note
    record = records.setdefault(message_id, [*head])
    if event[0] in _NOT_RUN:
        _replace_delivery(record, event)
    else:
        record.append(event)
    shorten(record)


_NOT_RUN = {Mark.DUPLICATE, Mark.HELD_ELSEWHERE}


def _replace_delivery(record: Record, event: tuple[Any, ...]) -> None:
    """Say of the latest delivery that it was not run. While its lock was asked for, an earlier one may have ended."""
    places = range(len(record) - 1, HEAD - 1, -1)
    place = next((place for place in places if record[place][0] is Mark.RECEIVED), None)
    if place is None:
        record.append(event)
    else:
        record[place] = (event[0], *record[place][1:])
