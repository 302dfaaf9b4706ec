"""Says what a drain waits for, once it takes longer than a moment."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqsd_core.flow.source.acknowledger import Acknowledger
from sqsd_core.flow.troubles import about
from sqsd_core.flow.worker.feed import Feed

EXPLAIN_AFTER = 1.0  # seconds of waiting before the log says for what

logger = logging.getLogger(__name__)


class DrainLog:
    """One line for each thing that is waited for: running jobs, the long poll, deletions."""

    def __init__(self, *, feed: Feed, acknowledger: Acknowledger, wait_time: float) -> None:
        self._feed = feed
        self._about = about(queue=feed.name)
        self._acknowledger = acknowledger
        self._wait_time = wait_time

    async def explain(self, polls: Sequence["asyncio.Task[None]"], *, at_most: float) -> None:
        """Wait a moment, then say which jobs and polls are still under way; ``at_most``: what jobs still get."""
        await asyncio.sleep(EXPLAIN_AFTER)
        if jobs := self._feed.running:
            logger.info(
                "waiting for running jobs to end", extra={**self._about, "jobs": jobs, "at_most": round(at_most, 1)}
            )
        if not all(poll.done() for poll in polls):
            logger.info("waiting for the long poll to end", extra={**self._about, "at_most": self._wait_time})

    @contextmanager
    def explains_deletions(self) -> Iterator[None]:
        """Say it when the block takes longer than a moment."""
        timer = asyncio.get_running_loop().call_later(EXPLAIN_AFTER, self._say_unconfirmed)
        try:
            yield
        finally:
            timer.cancel()

    def _say_unconfirmed(self) -> None:
        fields = {**self._about, "unconfirmed": len(self._acknowledger)}
        logger.info("waiting for unconfirmed deletions", extra=fields)
