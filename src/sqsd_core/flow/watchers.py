"""Tells all observers at once; an observer that raises is told nothing more."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from sqsd_core.message import Message
from sqsd_core.outcome import Outcome
from sqsd_core.ports.observer import Ending, Observer

logger = logging.getLogger(__name__)

FAILED = "observer raised an error, no longer called"

Tell = Callable[..., None]
Calls = Sequence[tuple[Observer, Tell]]
Failed = Callable[[Observer, Exception], None]


class Watchers:
    """The fan-out: each attribute is called as the method of ``Observer`` with its name.

    What nobody watches costs one call of a function that does nothing; starts and ends of single jobs, which would cost
    it per message, are told while ``each_job`` only.
    """

    def __init__(self, observers: Sequence[Observer] = ()) -> None:
        self._observers = list(observers)
        self._connect()

    def _connect(self) -> None:
        self.joined = self._all("joined")
        self.described = self._all("described")
        self.received = self._all("received")
        self.called = self._all("called")
        self.arrived = self._all("arrived")
        self.duplicate = self._all("duplicate")
        self.held_elsewhere = self._all("held_elsewhere")
        self.started = self._all("started")
        self.batch_started = self._all("batch_started")
        self.cut_off = self._all("cut_off")
        self.settled = self._all("settled")
        self.succeeded = self._all("succeeded")
        self.came_back = self._all("came_back")
        self.released = self._all("released")
        self.acknowledged = self._all("acknowledged")
        self.deleted = self._all("deleted")
        self.undeleted = self._all("undeleted")
        self.closed = self._all("closed")
        self.opened = self._all("opened")
        #: whether somebody wants to be told of each start and each end
        self.each_job = self.started is not _nothing or self.settled is not _nothing

    def ended(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        """Tell of the end of one job. What succeeded is told together besides."""
        self.settled(queue, message, outcome, ending)
        if ending.again is not None:
            self.came_back(queue, message, outcome, ending)

    def _all(self, event: str) -> Tell:
        calls = [(observer, getattr(observer, event)) for observer in self._observers if _listens(observer, event)]
        if not calls:
            return _nothing
        return (_fan_out_pair if event in _PER_BATCH else _fan_out)(calls, self._drop)

    def _drop(self, observer: Observer, error: Exception) -> None:
        """Tell an observer nothing more, because it raised."""
        logger.error(FAILED, extra={"observer": type(observer).__name__}, exc_info=error)
        if observer in self._observers:
            self._observers.remove(observer)
            self._connect()


def _fan_out(calls: Calls, failed: Failed) -> Tell:
    def tell(*what: Any) -> None:  # noqa: ANN401 - as the event has it
        for observer, call in calls:
            try:
                call(*what)
            except Exception as error:  # noqa: BLE001 - foreign code; no message suffers
                failed(observer, error)

    return tell


def _fan_out_pair(calls: Calls, failed: Failed) -> Tell:
    def tell(queue: str, what: object) -> None:
        for observer, call in calls:
            try:
                call(queue, what)
            except Exception as error:  # noqa: BLE001 - as above
                failed(observer, error)

    return tell


#: what Observer's own method calls, by its name
_MEANS = {"batch_started": "started"}
#: what is told per batch of messages; to pass ``*what`` on takes 500 instructions more
_PER_BATCH = {"received", "arrived", "acknowledged", "deleted"}


def _listens(observer: Observer, event: str) -> bool:
    """Whether the call does something: what is not overridden does nothing, or calls ``_MEANS`` instead."""
    if getattr(getattr(observer, event), "__func__", None) is not getattr(Observer, event):
        return True
    return event in _MEANS and _listens(observer, _MEANS[event])


def _nothing(*_: object) -> None:
    pass


class Relay(Observer):
    """Passes on to the daemon's observers what one source tells of its deletions."""

    def __init__(self, watchers: Watchers) -> None:
        self._watchers = watchers

    def acknowledged(self, queue: str, messages: int) -> None:
        self._watchers.acknowledged(queue, messages)

    def deleted(self, queue: str, messages: Sequence[Message]) -> None:
        self._watchers.deleted(queue, messages)

    def undeleted(self, queue: str, message: Message) -> None:
        self._watchers.undeleted(queue, message)


UNWATCHED = Watchers()
