"""The records by message, a bounded number of them: what succeeded at once goes first.

A busy daemon has thousands of successes while a failed message waits for its next try. So half of the room belongs to
messages that had trouble, and each half may use what the other leaves.
"""

from collections import OrderedDict, deque

from sqsd_adapters.observer.history.record import Record
from sqsd_core.message import MessageId


class Shelf:
    """Holds ``size`` records; ``put`` and ``trim`` are called for every message."""

    def __init__(self, *, size: int) -> None:
        self.size = size
        #: Unix time from which everything is remembered, seconds; 0 before that
        self.since = 0.0
        #: in the order in which they came
        self.records: dict[MessageId, Record] = {}
        #: those that had trouble, in the order in which they had
        self.troubled: OrderedDict[MessageId, None] = OrderedDict()
        #: all others in the order in which they came, and some that have left
        self.order: deque[MessageId] = deque()

    def begin(self, now: float) -> None:
        """From now on something is remembered."""
        self.since = self.since or now

    def put(self, message_id: MessageId, record: Record) -> None:
        self.records[message_id] = record
        self.order.append(message_id)

    def mark(self, message_id: MessageId) -> None:
        """The message had trouble."""
        if message_id in self.records:
            self.troubled[message_id] = None

    def trim(self) -> list[MessageId]:
        """Forget what exceeds the room; returns which messages."""
        return [self._forget() for _ in range(len(self.records) - self.size)]

    def restore(self, records: dict[MessageId, Record], troubled: list[MessageId]) -> None:
        """Put records from before in front of those that came meanwhile, as far as there is room."""
        restored = {key: record for key, record in records.items() if key not in self.records}
        # One assignment: another thread may read.
        self.records = {**restored, **self.records}
        self.troubled = OrderedDict.fromkeys([*(key for key in troubled if key in restored), *self.troubled])
        self.order = deque([*restored, *self.order])
        self.since = min([self.since, *(record[1][1] for record in restored.values() if len(record) > 1)])

    def _forget(self) -> MessageId:
        if len(self.records) - len(self.troubled) > self.size // 2:
            message_id = self.order.popleft()
            while message_id in self.troubled or message_id not in self.records:
                message_id = self.order.popleft()
        else:
            message_id, _ = self.troubled.popitem(last=False)
            if len(self.order) > 2 * self.size:
                self.order = deque(key for key in self.order if key in self.records and key not in self.troubled)
        record = self.records.pop(message_id)
        if len(record) > 1 and record[1][1] > self.since:
            self.since = record[1][1]
        return message_id
