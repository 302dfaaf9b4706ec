"""Which queues are paused, and until when; queues that join while all are paused are paused as well."""

import asyncio
from collections.abc import Mapping

from sqsd_core.errors import UnknownQueue
from sqsd_core.flow.source.source import Source
from sqsd_core.ports.clock import Clock

ALL = None  # in place of a queue's name: every queue, and those that join


class Pauses:
    """Pauses end when they are told to, after their time, or with the process."""

    def __init__(self, *, sources: Mapping[str, Source], clock: Clock) -> None:
        self._sources = sources
        self._clock = clock
        #: by queue, and for those that join: when each pause ends by itself, in Unix time
        self._until: dict[str | None, float | None] = {}
        self._timers: dict[str | None, asyncio.TimerHandle] = {}
        #: while the daemon runs
        self._loop: asyncio.AbstractEventLoop | None = None
        #: resumed while all are paused; they stay so when they leave and join again
        self._resumed: set[str] = set()

    def begin(self, queue: str | None, *, seconds: float | None) -> None:
        """Pause one queue or all; a queue that is paused already gets the new end.

        Raises:
            UnknownQueue: there is no such queue.
        """
        until = None if seconds is None else self._clock.now() + seconds
        self._resumed = set() if queue is ALL else self._resumed - {*self._named(queue)}
        for name in self._named(queue):
            self._forget(name)
            self._until[name] = until
            self._end_after(seconds, name)
            if name is not ALL:
                self._sources[name].pause.begin(until=until)

    def end(self, queue: str | None) -> None:
        """End the pause of one queue or of all; a queue that is not paused stays as it is.

        Raises:
            UnknownQueue: there is no such queue.
        """
        for name in self._named(queue):
            self._end(name)
            if name is not ALL and ALL in self._until:
                self._resumed.add(name)

    def joined(self, source: Source) -> None:
        """Pause a queue that joins, where it was paused before it left, or where all are."""
        if source.name not in self._until and ALL in self._until and source.name not in self._resumed:
            self._follow_all(source.name)
        if source.name in self._until:
            source.pause.begin(until=self._until[source.name])

    def open(self) -> None:
        """Let pauses end by themselves from now on, also those that began before the daemon ran."""
        self._loop = asyncio.get_running_loop()
        for name in self._until:
            self._end_after(self._left(name), name)

    def close(self) -> None:
        """Let no pause end any more: the daemon does."""
        self._loop = None
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _follow_all(self, name: str) -> None:
        self._until[name] = self._until[ALL]
        self._end_after(self._left(name), name)

    def _left(self, name: str | None) -> float | None:
        """The seconds until the pause ends by itself."""
        until = self._until[name]
        return None if until is None else max(0.0, until - self._clock.now())

    def _end_after(self, seconds: float | None, name: str | None) -> None:
        if self._loop is not None and seconds is not None:
            self._timers[name] = self._loop.call_later(seconds, self._end, name)

    def _named(self, queue: str | None) -> list[str | None]:
        """The queue by its table's name or by its own; all of them, and those that join."""
        if queue is None:
            return [ALL, *self._sources]
        for name, source in self._sources.items():
            if queue in {name, source.queue.name}:
                return [name]
        names = ", ".join(name or source.queue.name for name, source in self._sources.items())
        raise UnknownQueue(f"no queue is called {queue!r}; the queues are {names}")

    def _end(self, name: str | None) -> None:
        self._forget(name)
        if name is not None and (source := self._sources.get(name)) is not None:
            source.pause.end()

    def _forget(self, name: str | None) -> None:
        self._until.pop(name, None)
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()
