"""Tells all observers at once; an observer that raises is told nothing more."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from sqsd_core.ports.observer import Observer

logger = logging.getLogger(__name__)

FAILED = "observer failed"

Tell = Callable[..., None]


class Watchers:
    """The fan-out: each attribute is called as the method of ``Observer`` with its name.

    What nobody watches costs one call of a function that does nothing.
    """

    def __init__(self, observers: Sequence[Observer] = ()) -> None:
        self._observers = list(observers)
        self._connect()

    def _connect(self) -> None:
        self.received = self._all("received")
        self.duplicate = self._all("duplicate")
        self.held_elsewhere = self._all("held_elsewhere")
        self.started = self._all("started")
        self.ended = self._all("ended")
        self.settled = self._all("settled")
        self.acknowledged = self._all("acknowledged")
        self.undeleted = self._all("undeleted")
        self.closed = self._all("closed")
        self.opened = self._all("opened")

    def _all(self, event: str) -> Tell:
        calls = [(observer, getattr(observer, event)) for observer in self._observers]
        # what is not overridden does nothing
        calls = [(observer, call) for observer, call in calls if getattr(call, "__func__", None) is not _stub(event)]
        if not calls:
            return _nothing
        if len(calls) == 1:
            return self._only(*calls[0])

        def tell(*what: Any) -> None:  # noqa: ANN401 - as the event has it
            for observer, call in calls:
                try:
                    call(*what)
                except Exception:  # foreign code; no message suffers
                    logger.exception(FAILED, extra={"observer": type(observer).__name__})
                    self._drop(observer)

        return tell

    def _only(self, observer: Observer, call: Tell) -> Tell:
        """Do the same for one observer, without a loop per event."""

        def tell(*what: Any) -> None:  # noqa: ANN401 - as the event has it
            try:
                call(*what)
            except Exception:  # foreign code; no message suffers
                logger.exception(FAILED, extra={"observer": type(observer).__name__})
                self._drop(observer)

        return tell

    def _drop(self, observer: Observer) -> None:
        if observer in self._observers:
            self._observers.remove(observer)
            self._connect()


def _stub(event: str) -> object:
    return getattr(Observer, event)


def _nothing(*_: object) -> None:
    pass


UNWATCHED = Watchers()
