"""The pipeline's way to the lock file: each call runs in the thread, and is given up at its deadline."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.sqlite.session import Session
from sqsd_adapters.lock_store.sqlite.thread import CallThread
from sqsd_adapters.lock_store.steps import Step
from sqsd_adapters.lock_store.time_limit import time_limit
from sqsd_core.errors import LockStoreUnavailable

CLOSING = 1.0  # seconds for the last checkpoint

T = TypeVar("T")


class SqliteLink:
    """Carries out one call at a time. A call that is given up may still take place."""

    def __init__(self, *, session: Session, timeout: float) -> None:
        self._session = session
        self._timeout = timeout
        self._thread = CallThread()

    async def open(self) -> None:
        """Open the file; one that is locked, full or slow is left for later.

        Raises:
            ConfigurationError: the file cannot be opened before a person has fixed something
        """
        with suppress(LockStoreUnavailable):
            await self._run(self._session.open, deadline=self._deadline())

    async def call(self, steps: Sequence[Step], *, deadline: float) -> str:
        return await self._ask(partial(self._session.execute, steps), deadline=deadline)

    async def sweep(self) -> int:
        return await self._ask(self._session.sweep, deadline=self._deadline())

    async def expire(self) -> tuple[int, int]:
        return await self._ask(self._session.expire, deadline=self._deadline())

    async def close(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING):
                await self._thread.run(self._session.close)
        self._thread.close()

    async def _ask(self, function: Callable[[], T], *, deadline: float) -> T:
        """Run it; what ends a start is no reason to end a daemon that runs."""
        try:
            return await self._run(function, deadline=deadline)
        except ConfigurationError as error:
            raise LockStoreUnavailable(f"SQLite: {error}") from None

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self._timeout

    async def _run(self, function: Callable[[], T], *, deadline: float) -> T:
        try:
            async with time_limit(deadline):
                return await self._thread.run(function)
        except TimeoutError:
            raise LockStoreUnavailable("SQLite: the disk does not answer in time") from None
