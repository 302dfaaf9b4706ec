"""Holds the reasons not to receive; fetchers wait for it, and whoever watches reads it."""

import asyncio
from collections.abc import Sequence

from sqsd_core.policy.admission import Closure, Reason, admits, is_ready
from sqsd_core.ports.clock import Clock


class Admission:
    """Any station closes it for its own reason and opens it again; both are idempotent."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._closures: dict[Reason, Closure] = {}
        self._changed = asyncio.Event()

    def __repr__(self) -> str:
        reasons = ", ".join(reason.value for reason in self._closures)
        return f"<Admission {f'closed: {reasons}' if reasons else 'open'}>"

    @property
    def closures(self) -> Sequence[Closure]:
        """The reasons that hold, the oldest first."""
        return tuple(self._closures.values())

    @property
    def ready(self) -> bool:
        """Whether messages are received, or would be if there were a free slot."""
        return is_ready(self._closures.values())

    @property
    def admits(self) -> bool:
        """Whether a receive may begin."""
        return not self._closures or admits(self._closures)

    def closed_for(self, reason: Reason) -> bool:
        return reason in self._closures

    def close(self, reason: Reason, why: str = "") -> bool:
        """Receive nothing for this reason; returns whether it is new. Keeps the latest ``why`` and the first time."""
        before = self._closures.get(reason)
        since = self._clock.now() if before is None else before.since
        self._closures[reason] = Closure(reason=reason, since=since, why=why)
        if before is None:
            self._signal()
        return before is None

    def open(self, reason: Reason) -> bool:
        """The reason holds no more; returns whether it did."""
        held = self._closures.pop(reason, None) is not None
        if held:
            self._signal()
        return held

    async def changed(self) -> None:
        """Wait until a reason begins or ends to hold."""
        await self._changed.wait()

    def _signal(self) -> None:
        self._changed.set()
        self._changed.clear()
