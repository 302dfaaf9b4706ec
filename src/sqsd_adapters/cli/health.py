"""INVOKER_HEALTHCHECK_URL must answer 2xx before the first receive of the queues that feed the worker."""

import asyncio
import logging
from collections.abc import Callable

from sqsd_core import Probe

logger = logging.getLogger(__name__)


class Health:
    """One queue of the worker asks for all of them; the queues of other workers are not concerned."""

    def __init__(
        self, *, probe: Callable[[], Probe], worker: str, cooldown: float, longest: float, waits: Callable[[], None]
    ) -> None:
        """``cooldown`` and ``longest`` are seconds; ``waits`` is called when the first check has failed."""
        self._probe = probe
        self._worker = worker
        self._cooldown = cooldown
        self._longest = longest
        self._waits = waits
        self._asking = asyncio.Lock()
        self._healthy = self._said = False

    async def wait(self) -> None:
        """Return once the worker is healthy, or at once where it has been."""
        async with self._asking:
            pause, probe = self._cooldown, self._probe()
            while not self._healthy:
                self._healthy = await probe.probe()
                if not self._healthy:
                    self._say()
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, self._longest)

    def _say(self) -> None:
        if not self._said:
            self._said = True
            fields = {"worker": self._worker} if self._worker else {}
            logger.warning("waiting for the worker's health check", extra=fields)
            self._waits()
