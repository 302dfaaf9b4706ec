"""The messages of one queue and where each stands: delayed, visible, in flight or gone, as time goes by."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqsd_adapters.queue.embedded.fifo_order import FifoOrder
from sqsd_adapters.queue.embedded.journal import Journal
from sqsd_adapters.queue.embedded.standard_order import StandardOrder
from sqsd_adapters.queue.embedded.stored import State, Stored
from sqsd_adapters.queue.embedded.timetable import Timetable
from sqsd_core.message import MessageId

if TYPE_CHECKING:
    from sqsd_adapters.queue.embedded.order import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many messages stand where; SQS calls its own counts approximate, these are exact."""

    visible: int
    in_flight: int
    delayed: int


class Shelf:
    """Carries out the transitions of the states; who may ask for one is the store's business.

    ======================  ====================================
    enter                   → delayed or visible
    the delay ends          delayed → visible
    take, hide              visible → in flight
    the visibility ends     in flight → visible
    show                    → visible
    remove, retention ends  → gone
    ======================  ====================================
    """

    def __init__(
        self, *, fifo: bool, on_change: Callable[[], None], name: str = "", journal: Journal | None = None
    ) -> None:
        self._on_change = on_change
        self._name = name
        self._journal = journal
        self._order: Order = FifoOrder(on_change) if fifo else StandardOrder(on_change)
        self._messages: dict[MessageId, Stored] = {}
        self._in_flight: dict[MessageId, Stored] = {}
        self._delayed = 0
        self._hidden: Timetable[MessageId] = Timetable()
        self._retained: Timetable[MessageId] = Timetable()

    @property
    def receivable(self) -> bool:
        """Whether ``take`` would bring a message."""
        return bool(self._order)

    @property
    def counts(self) -> Counts:
        in_flight = len(self._in_flight)
        visible = len(self._messages) - in_flight - self._delayed
        return Counts(visible=visible, in_flight=in_flight, delayed=self._delayed)

    @property
    def in_flight(self) -> Iterator[Stored]:
        """The messages in flight, longest first."""
        return iter(self._in_flight.values())

    def __iter__(self) -> Iterator[Stored]:
        """All messages, in the order in which they entered."""
        return iter(self._messages.values())

    def find(self, message_id: MessageId) -> Stored | None:
        return self._messages.get(message_id)

    def next_at(self) -> float | None:
        """The instant at which a delay or a visibility timeout ends next."""
        return self._hidden.next_at()

    def enter(self, message: Stored, *, visible_at: float, expires_at: float, now: float) -> None:
        self._messages[message.id] = message
        self._retained.schedule(message.id, expires_at)
        if visible_at > now:
            message.state = State.DELAYED
            self._delayed += 1
            self.hide(message, until=visible_at)
        else:
            message.state = State.VISIBLE
            self._note(message, hidden_until=0.0)
        self._order.add(message)

    def restore(self, message: Stored, *, hidden_until: float, expires_at: float, now: float) -> None:
        """Put back a message that was kept; what was in flight stays so until ``hidden_until``."""
        if message.state is not State.IN_FLIGHT or hidden_until <= now:
            self.enter(message, visible_at=hidden_until, expires_at=expires_at, now=now)
            return
        self._messages[message.id] = message
        self._retained.schedule(message.id, expires_at)
        self._order.resume(message)
        self._fly(message)
        self.hide(message, until=hidden_until)

    def take(self, limit: int, *, newest_first: bool = False) -> list[Stored]:
        """Take out up to ``limit`` visible messages, which are in flight from now on."""
        taken = self._order.take(limit, newest_first=newest_first)
        for message in taken:
            self._fly(message)
        return taken

    def next_visible(self) -> Stored | None:
        """The message that ``take`` would bring first."""
        return self._order.first()

    def hide(self, message: Stored, *, until: float) -> None:
        """Let a message that is in flight or delayed become visible at ``until``."""
        self._hidden.schedule(message.id, until)
        self._note(message, hidden_until=until)
        self._on_change()

    def show(self, message: Stored, *, now: float) -> None:
        """Let a message be visible at once; one that is already stays so."""
        if message.state is not State.VISIBLE:
            self.hide(message, until=now)
            self.advance(now)

    def retain(self, *, longer: float) -> None:
        """Keep each message so many seconds longer, or shorter."""
        for message in self._messages.values():
            self._retained.schedule(message.id, (self._retained.at(message.id) or 0.0) + longer)
            self._note(message, hidden_until=self._hidden.at(message.id) or 0.0)

    def delay(self, *, by: float) -> None:
        """Let each message that is delayed become visible so many seconds after it was sent."""
        for message in self._messages.values():
            if message.state is State.DELAYED:
                self.hide(message, until=message.sent_at + by)

    def remove(self, message: Stored) -> None:
        was, message.state = message.state, State.GONE
        if self._journal is not None:
            self._journal.message_gone(message)
        del self._messages[message.id]
        self._hidden.cancel(message.id)
        self._retained.cancel(message.id)
        if was is State.IN_FLIGHT:
            self._land(message)
        else:
            self._delayed -= was is State.DELAYED
            self._order.forget(message, was=was)

    def advance(self, now: float) -> None:
        """Carry out whatever has fallen due."""
        for message_id in self._retained.pop_due(now):
            self.remove(self._messages[message_id])
        for message_id in self._hidden.pop_due(now):
            self._show(self._messages[message_id])

    def _fly(self, message: Stored) -> None:
        message.state = State.IN_FLIGHT
        self._in_flight[message.id] = message

    def _note(self, message: Stored, *, hidden_until: float) -> None:
        if self._journal is not None:
            expires_at = self._retained.at(message.id) or 0.0
            self._journal.message_changed(self._name, message, hidden_until=hidden_until, expires_at=expires_at)

    def _show(self, message: Stored) -> None:
        was, message.state = message.state, State.VISIBLE
        if was is State.DELAYED:
            self._delayed -= 1
            self._order.show(message)
        else:
            self._land(message)

    def _land(self, message: Stored) -> None:
        del self._in_flight[message.id]
        self._order.land(message)
        # the queue may have had as many messages in flight as it can: then this makes room for another one
        self._on_change()
