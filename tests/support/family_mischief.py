"""Random faults around a daemon of several processes: parent and children are killed and frozen, each by itself."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress

from tests.support.children import children, is_running
from tests.support.command import until
from tests.support.fleet import send
from tests.support.mischief import FROZEN, SHORT, Mischief, Trouble

CALM = 4.0  # seconds between two faults of the processes, at most: those that were started have work to do


class FamilyMischief(Mischief):
    """For a fleet of daemons with PROCESSES."""

    #: every process that was there when its parent was killed
    orphans: set[int]

    async def run(self, seconds: float) -> None:
        self.orphans = set()
        await super().run(seconds)

    async def no_orphan_is_left(self) -> None:
        """Wait until every process has ended whose parent was killed."""
        await until(lambda: not any(map(is_running, self.orphans)))

    @property
    def _lanes(self) -> Mapping[str, Sequence[Trouble]]:
        daemons = [self._kill_child, self._kill, self._freeze_child, self._freeze_daemon, self._drain, self._hurry]
        return {**super()._lanes, "daemons": [self._unhurried(trouble) for trouble in daemons]}

    def _unhurried(self, trouble: Trouble) -> Trouble:
        async def later() -> None:
            await asyncio.sleep(self._random.uniform(0.0, CALM))
            await trouble()

        return later

    async def _kill(self) -> None:
        if daemon := self._fleet.pick(self._random):
            self.orphans |= {*children(daemon)}
            send(daemon, signal.SIGKILL)

    async def _kill_child(self) -> None:
        self._signal(self._child(), signal.SIGKILL)

    async def _freeze_child(self) -> None:
        child = self._child()
        self._signal(child, signal.SIGSTOP)
        try:
            await asyncio.sleep(self._random.uniform(SHORT, FROZEN))
        finally:
            self._signal(child, signal.SIGCONT)

    def _child(self) -> int | None:
        daemon = self._fleet.pick(self._random)
        found = [] if daemon is None else children(daemon)
        return self._random.choice(found) if found else None

    def _signal(self, child: int | None, number: int) -> None:
        if child is not None:
            with suppress(ProcessLookupError):  # it has ended in this moment
                os.kill(child, number)
            self.done.append(signal.Signals(number).name)
