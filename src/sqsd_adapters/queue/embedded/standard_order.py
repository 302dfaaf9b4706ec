"""Which visible message of a standard queue is received next: the oldest, with best effort."""

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush

from sqsd_adapters.queue.embedded.stored import State, Stored


class StandardOrder:
    """The oldest first, as SQS does with best effort: what comes back stands before what was sent later."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        #: in the order of sending
        self._sent: deque[Stored] = deque()
        #: what became visible after something newer: delayed and redelivered messages, by sequence
        self._late: list[tuple[int, Stored]] = []
        self._gone = 0
        self._on_change = on_change

    def __bool__(self) -> bool:
        return len(self._sent) + len(self._late) > self._gone

    def add(self, message: Stored) -> None:
        if message.state is State.VISIBLE:
            self.show(message)

    def resume(self, message: Stored) -> None:
        """Nothing to note: what is in flight stands in no line."""

    def show(self, message: Stored) -> None:
        if self._sent and self._sent[-1].sequence > message.sequence:
            heappush(self._late, (message.sequence, message))
        else:
            self._sent.append(message)
        self._on_change()

    def first(self) -> Stored | None:
        while self._sent or self._late:
            message = self._late[0][1] if self._late_is_first else self._sent[0]
            if message.state is not State.GONE:
                return message
            self._pop()
            self._gone -= 1
        return None

    def take(self, limit: int, *, newest_first: bool = False) -> list[Stored]:
        taken: list[Stored] = []
        while len(taken) < limit and (self._sent or self._late):
            message = self._sent.pop() if newest_first and self._sent else self._pop()
            if message.state is State.GONE:
                self._gone -= 1
            else:
                taken.append(message)
        return taken

    def land(self, message: Stored) -> None:
        if message.state is State.VISIBLE:
            self.show(message)

    def forget(self, message: Stored, *, was: State) -> None:
        del message
        self._gone += was is State.VISIBLE

    @property
    def _late_is_first(self) -> bool:
        return bool(self._late) and (not self._sent or self._late[0][0] < self._sent[0].sequence)

    def _pop(self) -> Stored:
        return heappop(self._late)[1] if self._late_is_first else self._sent.popleft()
