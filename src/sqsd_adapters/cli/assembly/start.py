"""Knows when a daemon has started: each queue has answered, or it is known why one has not."""

import asyncio

from sqsd_core import Closure, Observer, Reason


class Start(Observer):
    """``known`` is set with the last first answer, or with the first reason for which no answer can come."""

    def __init__(self) -> None:
        self.known = asyncio.Event()
        self._silent: set[str] = set()

    def closed(self, closure: Closure) -> None:
        if closure.reason is Reason.STARTING:
            self._silent.add(closure.where)
        else:
            self.known.set()

    def opened(self, closure: Closure) -> None:
        if closure.reason is Reason.STARTING:
            self._silent.discard(closure.where)
            if not self._silent:
                self.known.set()
