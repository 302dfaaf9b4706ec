"""Injected latency: answers are sent in the order of the requests, each after the same delay."""

import asyncio
from collections import deque
from time import perf_counter

TICK = 0.001  # uvloop's timers count whole milliseconds


class DelayLine:
    """Writes each answer ``seconds`` after it was submitted, with one timer for all of them.

    The timer is rounded to the nearest tick, so the mean is right though the single delay is off by up to
    half a tick; ``mean`` says what was really served. Busy connections call ``flush``: finer than the tick.
    """

    def __init__(self, *, loop: asyncio.AbstractEventLoop, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self._loop = loop
        self._line: deque[tuple[float, asyncio.WriteTransport, bytes]] = deque()
        self._ticking = False
        self._served = 0
        self._waited = 0.0

    @property
    def mean(self) -> float:
        """The mean delay so far, in seconds."""
        return self._waited / self._served if self._served else 0.0

    def reset(self, seconds: float) -> None:
        self.seconds = seconds
        self._served = 0
        self._waited = 0.0

    def submit(self, transport: asyncio.WriteTransport, answer: bytes) -> None:
        if not self.seconds:
            transport.write(answer)
            return
        self._line.append((perf_counter() + self.seconds, transport, answer))
        if not self._ticking:
            self._ticking = True
            self._loop.call_later(TICK, self._tick)

    def flush(self, slack: float = 0.0) -> None:
        """Write what is due within ``slack`` seconds."""
        line = self._line
        now = perf_counter()
        while line and line[0][0] <= now + slack:
            due, transport, answer = line.popleft()
            self._served += 1
            self._waited += now - due + self.seconds
            if not transport.is_closing():
                transport.write(answer)

    def _tick(self) -> None:
        self.flush(TICK / 2)
        self._ticking = bool(self._line)
        if self._ticking:
            self._loop.call_later(TICK, self._tick)
