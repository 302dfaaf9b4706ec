"""Sweeps expired locks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

logger = logging.getLogger(__name__)


class Janitor:
    """Calls ``expire`` every ``interval`` seconds; it returns how many locks it removed."""

    def __init__(
        self,
        *,
        expire: Callable[[], Awaitable[int]],
        interval: float,
        about: Mapping[str, str],
    ) -> None:
        """``about`` is the queue, in each line."""
        self._expire = expire
        self._interval = interval
        self._about = about

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(self._interval)
            if swept := await self._expire():
                logger.debug("expired locks removed", extra={**self._about, "count": swept})
