"""Ends exchanges whose worker has sent no byte for too long, with one timer for all of them."""

import asyncio
from typing import Protocol


class Heard(Protocol):
    """A connection that carries a request."""

    #: the loop's time at which its worker was last heard, or the request was sent; kept while it is watched
    heard_at: float
    watched: bool

    def fall_silent(self, reason: str) -> None:
        """End the exchange, since the worker says nothing."""
        ...


class Silence:
    """``limit`` seconds without a byte end an exchange; the time in which the request is written counts."""

    def __init__(self, *, limit: float) -> None:
        self._limit = limit
        self._reason = f"the worker sent no byte for {limit:g} s"
        #: in the order of watching
        self._watched: dict[Heard, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, connection: Heard, loop: asyncio.AbstractEventLoop) -> None:
        """From now on the worker has to be heard."""
        connection.heard_at = loop.time()
        connection.watched = True
        self._watched[connection] = None
        if self._timer is None:
            self._timer = loop.call_later(self._limit, self._sweep, loop)

    def forget(self, connection: Heard) -> None:
        connection.watched = False
        self._watched.pop(connection, None)

    def close(self) -> None:
        """Stop the timer."""
        self._watched.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        latest = loop.time() - self._limit
        for connection in [each for each in self._watched if each.heard_at <= latest]:
            self.forget(connection)
            connection.fall_silent(self._reason)
        if self._watched:
            oldest = min(connection.heard_at for connection in self._watched)
            self._timer = loop.call_at(oldest + self._limit, self._sweep, loop)
