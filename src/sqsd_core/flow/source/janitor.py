"""Sweeps expired locks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)


class Janitor:
    """Calls ``expire`` every ``interval`` seconds; it returns how many locks it removed."""

    def __init__(self, *, expire: Callable[[], Awaitable[int]], interval: float) -> None:
        self._expire = expire
        self._interval = interval

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(self._interval)
            if swept := await self._expire():
                logger.debug("expired locks removed", extra={"count": swept})
