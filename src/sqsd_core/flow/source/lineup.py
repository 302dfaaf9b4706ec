"""The queues that start together: those that have answered wait a moment for the others, and no longer."""

import asyncio
from collections.abc import Iterable

HEAD_START = 1.0  # seconds after the start that queues wait for each other


class Lineup:
    """Keeps a wrong queue from costing the messages of the others a receive: its refusal ends the start before them.

    A queue that is silent delays the others by ``HEAD_START`` in all. Those that waited go on in the order of the
    plan, which strict sharing follows.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._gates = {name: asyncio.Event() for name in names}
        self._missing = set(self._gates)
        self._timer: asyncio.TimerHandle | None = None
        #: whether a queue that stays away leaves others that work
        self.several = len(self._gates) > 1

    def begin(self) -> None:
        """Note when the start was; the first queue does."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(HEAD_START, self._open)

    async def answered(self, name: str) -> None:
        """Note that a queue may be received from, and wait for the others."""
        self._missing.discard(name)
        if not self._missing:
            asyncio.get_running_loop().call_soon(self._open)  # the last one waits by then as well
        await self._gates[name].wait()

    def _open(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for gate in self._gates.values():
            gate.set()
