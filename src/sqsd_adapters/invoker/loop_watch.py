"""Logs where the event loop is blocked, for example by an async job that computes for long."""

import asyncio
import logging
import sys
import traceback
from threading import Event, Thread, get_ident
from typing import Self

FRAMES = 8  # enough to lead from a library's depths back to the job

logger = logging.getLogger(__name__)


class LoopWatch:
    """A thread that expects the loop's beat, and warns once each time that it stays away for ``limit`` seconds."""

    def __init__(self, *, limit: float = 1.0) -> None:
        self._limit = limit
        self._stop = Event()
        self._beats = 0

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._loop_thread = get_ident()
        self._beat()
        Thread(target=self._watch, name="sqsd-loop-watch", daemon=True).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        self._timer.cancel()

    def _beat(self) -> None:
        self._beats += 1
        self._timer = self._loop.call_later(self._limit / 4, self._beat)

    def _watch(self) -> None:
        # Looks are counted, not seconds: after SIGSTOP and SIGCONT much time has passed, and nobody blocked.
        seen, missed = self._beats, 0
        while not self._stop.wait(self._limit / 4):
            missed = missed + 1 if self._beats == seen else 0
            seen = self._beats
            if missed == 5:  # noqa: PLR2004 - four quarters, and one for a beat just before the first look
                logger.warning("event loop blocked", extra={"longer_than": self._limit, "stack": self._stack()})

    def _stack(self) -> str:
        """Tell what the loop's thread runs now, the innermost call first."""
        frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001 - public by its documentation
        stack = traceback.extract_stack(frame, limit=FRAMES) if frame else []
        return " < ".join(f"{call.name} ({call.filename}:{call.lineno})" for call in reversed(stack))
