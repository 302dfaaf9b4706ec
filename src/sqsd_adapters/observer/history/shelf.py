"""The records by message, a bounded number of them: what succeeded at once goes first.

What is told is kept as notes, and becomes records when somebody asks. A busy daemon forgets most of its notes unread.

It has thousands of successes while a failed message waits for its next try. So half of the room belongs to messages
that had trouble, and each half may use what the other leaves.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import islice

from sqsd_adapters.observer.history.notes import Changed, Note, Notes, ReadAtOnce, Records, anything, page_size
from sqsd_adapters.observer.history.record import first_time
from sqsd_core.message import MessageId

SLACK = 8  # an eighth of the room may be exceeded: to forget many at once costs less per message


class Shelf:
    """Remembers the last messages, and earlier ones that had trouble: ``size``, or up to an eighth more."""

    def __init__(self, *, size: int, changed: Changed | None = None) -> None:
        """With ``changed``, what is told becomes a record at once, and is told on."""
        self.size = size
        # it is looked at when a page is full
        self._most = size + max(0, size // SLACK - page_size(size))
        #: Unix time from which everything is remembered, seconds; 0 before that
        self.since = 0.0
        #: in the order in which they came, as far as they were read; always the same object
        self.records: Records = {}
        #: what is told is added here
        self.notes = Notes(size=size) if changed is None else ReadAtOnce(records=self.records, changed=changed)
        self._changed = changed
        #: those that had trouble, in the order in which they had
        self.troubled: OrderedDict[MessageId, None] = OrderedDict()

    def __len__(self) -> int:
        """Messages that are remembered; one that was delivered again and is in the notes counts as often."""
        return len(self.records) + self.notes.messages

    def begin(self, now: float) -> None:
        """From now on something is remembered."""
        self.since = self.since or now

    @property
    def is_full(self) -> bool:
        """Whether it is time to ``trim``."""
        return len(self) > self._most

    def mark(self, message_id: MessageId) -> None:
        """The message had trouble."""
        self.troubled[message_id] = None

    def read(self) -> Iterator[None]:
        """Make records of all notes, one page after another."""
        while notes := self.notes.take().notes:
            for note in notes:
                note[0](note, self.records, anything)
            yield

    def trim(self) -> None:
        """Forget what exceeds the room."""
        gone = self._forget_fine()
        while self.notes.messages > self.size // 2 and len(self) - self.notes.oldest >= self.size:
            self._forget_page()
        gone += self._forget_troubled()
        if self._changed is not None:
            self._changed(gone)

    def restore(self, restored: Records, troubled: list[MessageId]) -> None:
        """Put records from before in front of those that came meanwhile."""
        records = self.records
        meanwhile = dict(records)
        records.clear()
        records.update(restored)
        records.update(meanwhile)
        self.troubled = OrderedDict.fromkeys([*(key for key in troubled if key not in meanwhile), *self.troubled])
        if restored:
            self.since = min([self.since, *map(first_time, restored.values())])
        if len(self) > self.size:
            self.trim()

    def _forget_page(self) -> None:
        """Forget the oldest page, except what it says of messages in trouble."""
        page = self.notes.take()
        if self.troubled:
            for note in page.notes:
                self._keep_trouble(note)
        self.since = max(self.since, page.until)

    def _keep_trouble(self, note: Note) -> None:
        records, troubled = self.records, self.troubled
        read, ids, *_ = note
        if not (records.keys().isdisjoint(ids) and troubled.keys().isdisjoint(ids)):
            read(note, records, troubled.__contains__)

    def _forget_fine(self) -> list[MessageId]:
        """Forget records without trouble, which are older than the notes."""
        records, troubled = self.records, self.troubled
        fine = len(records) - sum(map(records.__contains__, troubled))
        excess = min(fine, len(self) - self.size, fine + self.notes.messages - self.size // 2)
        return self._forget((key for key in records if key not in troubled), excess)

    def _forget_troubled(self) -> list[MessageId]:
        excess = min(len(self) - self.size, len(self.troubled) - self.size // 2) if self.is_full else 0
        gone = self._forget(filter(self.records.__contains__, self.troubled), excess)
        for key in gone:
            del self.troubled[key]
        return gone

    def _forget(self, keys: Iterable[MessageId], count: int) -> list[MessageId]:
        gone = list(islice(keys, max(0, count)))
        for key in gone:
            self.since = max(self.since, first_time(self.records.pop(key)))
        return gone
