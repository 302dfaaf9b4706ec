"""Sweeps expired locks."""

import asyncio
import logging

from sqsd_core.flow.locks import Locks

logger = logging.getLogger(__name__)


class Janitor:
    """Expires locks every ``interval`` seconds."""

    def __init__(self, *, locks: Locks, interval: float) -> None:
        self._locks = locks
        self._interval = interval

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(self._interval)
            if swept := await self._locks.expire():
                logger.debug("locks expired", extra={"count": swept})
