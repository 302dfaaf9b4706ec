"""One summary line every so often, so that a quiet log still says how the work goes."""

import asyncio
import logging

from sqsd_core.ports.monitor import Monitor

INTERVAL = 60.0  # seconds

logger = logging.getLogger(__name__)


class Reporter:
    """Reads the scoreboard as any monitor does."""

    def __init__(self, *, monitor: Monitor) -> None:
        self._monitor = monitor

    async def run(self) -> None:
        """Report until cancelled, and only when something has happened."""
        before = self._summary()
        while True:
            await asyncio.sleep(INTERVAL)
            summary = self._summary()
            if summary != before:
                logger.info("summary", extra=summary)
            before = summary

    def _summary(self) -> dict[str, object]:
        snapshot = self._monitor.snapshot()
        return {
            "received": snapshot.received,
            **{name.lower(): count for name, count in sorted(snapshot.outcomes.items())},
            "deleted": snapshot.deleted,
            "duplicates": snapshot.duplicates,
            "in_flight": len(snapshot.tasks),
            "buffered": snapshot.buffered,
            "breaker": snapshot.breaker.state.value,
        }
