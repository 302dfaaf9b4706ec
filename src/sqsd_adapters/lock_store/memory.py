"""Locks in the memory of this process: for one daemon per queue, lost when it ends."""

import logging
from collections.abc import Sequence

from sqsd_core.flow.troubles import about
from sqsd_core.policy.locking import Claim, Lock, LockTable
from sqsd_core.ports.clock import Clock

MAX_DONE = 100_000  # contract, section 10: memory is bounded; at about 130 bytes each these are 13 MB

logger = logging.getLogger(__name__)


class MemoryLockStore:
    """The lock table under a clock.

    Remembers at most ``max_done`` messages that are done. To remember more, or to share a queue among several
    daemons, use another store.
    """

    def __init__(self, *, clock: Clock, max_done: int = MAX_DONE, label: str = "") -> None:
        """``label`` is the name of the queue's table, for the log."""
        self._clock = clock
        self._table = LockTable(max_done=max_done)
        self._about = about(queue=label)
        self._warned = False

    def __repr__(self) -> str:
        return f"<MemoryLockStore: {self._table!r}>"

    async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:
        now = self._clock.monotonic()
        return [self._table.acquire(lock, now=now, lease=lease) for lock in locks]

    async def renew(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Lock]:
        now = self._clock.monotonic()
        return [lock for lock in locks if not self._table.renew(lock, now=now, lease=lease)]

    async def complete(self, locks: Sequence[Lock], *, expire: float) -> None:
        now = self._clock.monotonic()
        for lock in locks:
            self._table.complete(lock, now=now, expire=expire)

    async def release(self, locks: Sequence[Lock]) -> None:
        for lock in locks:
            self._table.release(lock)

    async def expire(self) -> int:
        gone = self._table.expire(now=self._clock.monotonic())
        if self._table.forgotten and not self._warned:
            self._warned = True
            fields = {**self._about, "forgotten": self._table.forgotten}
            logger.warning("lock memory full, oldest forgotten", extra=fields)
        return gone
