"""The records by message, a bounded number of them: what succeeded at once goes first.

A busy daemon has thousands of successes while a failed message waits for its next try. So half of the room belongs to
messages that had trouble, and each half may use what the other leaves.
"""

from collections import OrderedDict
from itertools import islice

from sqsd_adapters.observer.history.record import Record, first_time
from sqsd_core.message import MessageId

SLACK = 8  # an eighth of the room may be exceeded: to forget many at once costs less per message


class Shelf:
    """Holds at least ``size`` records, and at most an eighth more."""

    def __init__(self, *, size: int) -> None:
        self.size = size
        #: ``trim`` is called beyond so many
        self.most = size + size // SLACK
        #: Unix time from which everything is remembered, seconds; 0 before that
        self.since = 0.0
        #: in the order in which they came; always the same object
        self.records: dict[MessageId, Record] = {}
        #: those that had trouble, in the order in which they had
        self.troubled: OrderedDict[MessageId, None] = OrderedDict()

    def begin(self, now: float) -> None:
        """From now on something is remembered."""
        self.since = self.since or now

    def mark(self, message_id: MessageId) -> None:
        """The message had trouble."""
        if message_id in self.records:
            self.troubled[message_id] = None

    def trim(self) -> list[MessageId]:
        """Forget what exceeds the room; returns which messages."""
        records, troubled = self.records, self.troubled
        excess = len(records) - self.size
        fine = min(excess, max(0, len(records) - len(troubled) - self.size // 2))
        gone = list(islice((key for key in records if key not in troubled), fine))
        gone += [troubled.popitem(last=False)[0] for _ in range(excess - fine)]
        for key in gone:
            self.since = max(self.since, first_time(records.pop(key)))
        return gone

    def restore(self, restored: dict[MessageId, Record], troubled: list[MessageId]) -> None:
        """Put records from before in front of those that came meanwhile."""
        records = self.records
        meanwhile = dict(records)
        records.clear()
        records.update(restored)
        records.update(meanwhile)
        self.troubled = OrderedDict.fromkeys([*(key for key in troubled if key not in meanwhile), *self.troubled])
        if restored:
            self.since = min([self.since, *map(first_time, restored.values())])
        if len(records) > self.size:
            self.trim()
