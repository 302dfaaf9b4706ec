"""Makes the store: which file, which queue, how long a call may take; and sweeps the file."""

import logging
from pathlib import Path
from typing import Self

from sqsd_adapters.lock_store.pipelined import PipelinedLockStore
from sqsd_adapters.lock_store.sqlite.journal import SLICE
from sqsd_adapters.lock_store.sqlite.link import SqliteLink
from sqsd_adapters.lock_store.sqlite.session import Session
from sqsd_adapters.lock_store.sqlite.timeline import Timeline, boot_id
from sqsd_adapters.lock_store.steps import queue_hash
from sqsd_core.flow.troubles import about
from sqsd_core.ports.clock import Clock

MAX_DONE = 100_000  # contract, section 10: memory is bounded; at about 130 bytes each these are 13 MB
MAX_SLICES = 2_000  # per sweep: a million records; the next one goes on
BUSY = 0.6  # of the time-out: how long to wait for another daemon that writes

SPACING = 0.001  # seconds; a transaction costs as much as some twenty steps

logger = logging.getLogger(__name__)


class SqliteLockStore(PipelinedLockStore):
    """Locks shared by all daemons of one queue on one host that use the same file.

    The directory of ``path`` must exist, on a local disk: SQLite's write-ahead log does not work over a network. Every
    operation ends within ``timeout`` seconds, and fails at once for ``pause`` seconds after one that failed.
    The newest ``max_done`` messages that are done are remembered, also after a restart. Entering the store raises
    ConfigurationError if the file cannot be made or is none of ours.
    """

    def __init__(
        self,
        *,
        path: str | Path,
        queue_url: str,
        clock: Clock,
        timeout: float = 0.5,
        pause: float = 1.0,
        max_done: int = MAX_DONE,
        label: str = "",
    ) -> None:
        """``label`` is the name of the queue's table, for the log."""
        session = Session(
            path=Path(path).absolute(),
            queue=queue_hash(queue_url),
            timeline=Timeline(clock=clock, boot=boot_id()),
            busy=timeout * BUSY,
            max_done=max_done,
        )
        self._link = SqliteLink(session=session, timeout=timeout)
        self._about = about(queue=label)
        self._warned = False
        super().__init__(link=self._link, timeout=timeout, pause=pause, spacing=SPACING)

    async def __aenter__(self) -> Self:
        await self._link.open()
        return await super().__aenter__()

    async def expire(self) -> int:
        """Remove expired entries, from the table and, in slices, from the file."""
        await super().expire()
        gone, forgotten = await self._link.expire()
        for _ in range(MAX_SLICES):
            if await self._link.sweep() < SLICE:
                break
        if forgotten and not self._warned:
            self._warned = True
            logger.warning("lock memory full, oldest forgotten", extra={**self._about, "forgotten": forgotten})
        return gone
