"""Runs the jobs of a worker under its time limit: whatever a job does, what comes back is a value."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from sqsd_core.deadlines import Deadlines
from sqsd_core.outcome import Failed

A = TypeVar("A")
T = TypeVar("T")

logger = logging.getLogger(__name__)


class Invocations:
    """One object for all slots of a worker."""

    def __init__(self, *, deadlines: Deadlines, about: Mapping[str, str]) -> None:
        """``about`` is the worker, in each line."""
        self._deadlines = deadlines
        self._about = about

    async def run(
        self, job: Callable[[A], Awaitable[T]], what: A, slot: "asyncio.Task[object]", *, message_id: str
    ) -> T | Failed:
        """Await ``job(what)`` in the task of a slot; a job that raises or exceeds the time limit has failed."""
        self._deadlines.start(slot)
        expired = False
        try:
            return await job(what)
        except asyncio.CancelledError:
            expired = self._deadlines.end(slot)
            if slot.cancelling():
                raise
            # The slot was not cancelled, so the job awaited a cancelled task of its own.
            reason = f"time limit of {self._deadlines.limit:g} s" if expired else "CancelledError escaped from the job"
            return Failed(reason, full=expired)
        except (Exception, SystemExit) as error:  # foreign code: any exception is a failure of the job
            logger.warning("job raised", extra={**self._about, "message_id": message_id}, exc_info=error)
            return Failed(f"{type(error).__name__} escaped from the job")
        finally:
            if not expired:
                self._deadlines.end(slot)
