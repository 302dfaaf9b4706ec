"""The adapter of the port: every call reads the file, changes the table, and replaces the file, while others wait."""

import asyncio
import fcntl
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self, TextIO, TypeVar

from acme_locks.table import Table
from sqsd import Claim, Clock, Lock, LockStoreUnavailable

T = TypeVar("T")


class FileLocks:
    """Raises only ``LockStoreUnavailable``; each call ends within ``timeout`` seconds."""

    def __init__(self, *, path: Path, clock: Clock, timeout: float = 0.5) -> None:
        self._path = path
        self._clock = clock
        self._timeout = timeout

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:
        return await self._change(lambda table, now: [table.acquire(lock, now=now, lease=lease) for lock in locks])

    async def renew(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Lock]:
        return await self._change(
            lambda table, now: [lock for lock in locks if not table.renew(lock, now=now, lease=lease)]
        )

    async def complete(self, locks: Sequence[Lock], *, expire: float) -> None:
        def change(table: Table, now: float) -> None:
            for lock in locks:
                table.complete(lock, now=now, expire=expire)

        await self._change(change)

    async def release(self, locks: Sequence[Lock]) -> None:
        def change(table: Table, now: float) -> None:
            for lock in locks:
                table.release(lock, now=now)

        await self._change(change)

    async def expire(self) -> int:
        return await self._change(lambda table, now: table.expire(now=now))

    async def _change(self, change: Callable[[Table, float], T]) -> T:
        now = self._clock.now()
        try:
            async with asyncio.timeout(self._timeout):
                return await asyncio.to_thread(self._changed, lambda table: change(table, now))
        except (OSError, ValueError) as error:  # a time-out is an OSError too
            raise LockStoreUnavailable(f"{self._path}: {type(error).__name__}") from error

    def _changed(self, change: Callable[[Table], T]) -> T:
        with self._private(".lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the others wait; closing the file ends it
            text = self._path.read_text(encoding="utf-8") if self._path.exists() else "{}"
            table = Table({name: (holder, until) for name, (holder, until) in json.loads(text).items()})
            result = change(table)
            with self._private(".new") as new:
                json.dump(table.entries, new)
            Path(new.name).replace(self._path)  # a process that is killed leaves the old file, never half a file
        return result

    def _private(self, suffix: str) -> TextIO:
        """A file beside the file of the locks, empty, which only this user may read."""
        path = f"{self._path}{suffix}"
        return open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600))
