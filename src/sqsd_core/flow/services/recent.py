"""Takes marks of the figures every ten seconds, so that a monitor can say what the last five minutes were like."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping

from sqsd_core.policy.figures import Figures
from sqsd_core.policy.recent import STEP, Marks, Recent
from sqsd_core.ports.clock import Clock


class RecentMinutes:
    """Costs a few microseconds per queue and step, and nothing per message."""

    def __init__(self, *, figures: Callable[[], Mapping[str, Figures]], clock: Clock) -> None:
        """``figures`` returns those of each queue, by the names of their tables."""
        self._figures = figures
        self._clock = clock
        self._marks: defaultdict[str, Marks] = defaultdict(Marks)

    async def run(self) -> None:
        """Take marks until cancelled."""
        while True:
            self.mark()
            await asyncio.sleep(STEP)

    def mark(self) -> None:
        """Take a mark of each queue; every ``STEP`` seconds."""
        now = self._clock.monotonic()
        for name, figures in self._figures().items():
            self._marks[name].mark(figures, now=now)

    def look(self) -> Mapping[str, Recent]:
        """The last minutes of each queue, by the names of their tables."""
        now = self._clock.monotonic()
        return {name: self._marks[name].recent(figures, now=now) for name, figures in self._figures().items()}
