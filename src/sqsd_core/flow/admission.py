"""Holds the reasons not to receive; fetchers wait for it, and monitors read it."""

import asyncio
from collections.abc import Sequence

from sqsd_core.flow.watchers import UNWATCHED, Watchers
from sqsd_core.policy.admission import Closure, Reason, admits, is_ready
from sqsd_core.ports.clock import Clock


class Admission:
    """Any station closes it for its own reason and opens it again; both are idempotent.

    The admission of a queue has those of its worker and of the daemon above it: a reason of theirs holds here too.
    """

    def __init__(
        self, *, clock: Clock, where: str = "", above: Sequence["Admission"] = (), told: Watchers = UNWATCHED
    ) -> None:
        """``where`` is the queue or worker that the reasons are about; empty where there is one only."""
        self._told = told
        self._clock = clock
        self._where = where
        self._above = above
        self._below: list[Admission] = []
        self._closures: dict[Reason, Closure] = {}
        self._changed = asyncio.Event()
        #: whether a receive may begin; kept, since it is asked more often than it changes
        self.admits = True
        #: whether messages are received, or would be if a slot were free
        self.ready = True
        for admission in above:
            admission._below.append(self)  # noqa: SLF001 - of its own kind
        self._judge()

    def __repr__(self) -> str:
        reasons = ", ".join(closure.reason.value for closure in self.closures)
        return f"<Admission {f'closed: {reasons}' if reasons else 'open'}>"

    @property
    def own(self) -> Sequence[Closure]:
        """The reasons that were given here, the oldest first."""
        return tuple(self._closures.values())

    @property
    def closures(self) -> Sequence[Closure]:
        """The reasons that hold, those from above first, then the oldest first."""
        inherited = [closure for admission in self._above for closure in admission.closures]
        return (*inherited, *self._closures.values())

    def closed_for(self, reason: Reason) -> bool:
        return reason in self._closures

    def close(self, reason: Reason, why: str = "") -> bool:
        """Receive nothing for this reason; returns whether it is new. Keeps the latest ``why`` and the first time."""
        before = self._closures.get(reason)
        since = self._clock.now() if before is None else before.since
        self._closures[reason] = Closure(reason=reason, since=since, why=why, where=self._where)
        if before is None:
            self._told.closed(self._closures[reason])
            self._signal()
        return before is None

    def open(self, reason: Reason) -> bool:
        """The reason holds no more; returns whether it did."""
        closure = self._closures.pop(reason, None)
        if closure is not None:
            self._told.opened(closure)
            self._signal()
        return closure is not None

    async def changed(self) -> None:
        """Wait until a reason begins or ends to hold."""
        await self._changed.wait()

    def leave(self) -> None:
        """Hear no more from above."""
        for admission in self._above:
            admission._below.remove(self)  # noqa: SLF001 - of its own kind

    def _judge(self) -> None:
        self.admits = admits(self._closures) and all(admission.admits for admission in self._above)
        self.ready = is_ready(self._closures.values()) and all(admission.ready for admission in self._above)

    def _signal(self) -> None:
        self._judge()
        self._changed.set()
        self._changed.clear()
        for admission in self._below:
            admission._signal()  # noqa: SLF001 - of its own kind
