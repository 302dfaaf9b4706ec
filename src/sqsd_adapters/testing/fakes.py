"""Fakes of the ports, for tests of jobs, adapters and the flow."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import get_args

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.testing.script import demand_script
from sqsd_core.message import Message
from sqsd_core.outcome import Outcome, Succeeded
from sqsd_core.seconds import seconds

_real = SystemClock()

EPOCH = 1_767_225_600.0  # 2026-01-01T00:00:00Z


class LoopClock:
    """A clock that follows the running event loop, virtual or real. The wall clock starts at ``EPOCH``.

    Without a running loop it follows the clock that loops use, at which ``in_virtual_time`` begins. ``jump`` moves only
    the wall clock, as an operator or NTP would.
    """

    def __init__(self) -> None:
        self.jump = 0.0

    def now(self) -> float:
        """Unix time in seconds."""
        return EPOCH + self.jump + self.monotonic()

    def monotonic(self) -> float:
        """The seconds of the loop."""
        try:
            return asyncio.get_running_loop().time()
        except RuntimeError:
            return _real.monotonic()


class ScriptedInvoker:
    """A job with a script: each invocation of a message returns the next outcome; after the last one, the last again.

    ``script`` maps a body to its outcomes; other bodies succeed. ``duration`` is in seconds of the loop's time.

    Raises:
        TypeError: the script maps a body to something other than a list of outcomes, or the duration is no number.
    """

    def __init__(
        self,
        script: Mapping[str, Sequence[Outcome]] | None = None,
        *,
        duration: float | Callable[[Message], float] = 0.0,
        before: Callable[[Message], Awaitable[None]] | None = None,
    ) -> None:
        self._script = script or {}
        demand_script(self._script, steps=get_args(Outcome), named="outcomes")
        self._duration = duration if callable(duration) else seconds(duration, name="duration")
        self._before = before
        #: every message that was invoked, in order
        self.invoked: list[Message] = []
        #: the messages whose invocation ended
        self.finished: list[Message] = []
        self.running = 0
        self.most_running = 0

    async def invoke(self, message: Message) -> Outcome:
        """Record the message, and return the next outcome of its script."""
        self.invoked.append(message)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            if self._before is not None:
                await self._before(message)
            await asyncio.sleep(self._duration(message) if callable(self._duration) else self._duration)
        finally:
            self.running -= 1
        self.finished.append(message)
        return self._next(message)

    @property
    def bodies(self) -> list[str]:
        """The bodies invoked, in order."""
        return [message.body for message in self.invoked]

    def _next(self, message: Message) -> Outcome:
        outcomes = self._script.get(message.body) or (Succeeded(),)
        attempt = sum(1 for finished in self.finished if finished.id == message.id)
        return outcomes[min(attempt, len(outcomes)) - 1]


class ScriptedProbe:
    """A probe that gives the answer that was set last."""

    def __init__(self, reachable: bool) -> None:  # noqa: FBT001 - its only argument
        self._reachable = reachable
        self.asked = 0

    def answer(self, reachable: bool) -> None:  # noqa: FBT001 - as above
        """Set what ``probe`` returns from now on."""
        self._reachable = reachable

    async def probe(self) -> bool:
        """The answer that was set last; each call is counted in ``asked``."""
        self.asked += 1
        return self._reachable
