"""The locks of one queue in the parent's table."""

from collections.abc import Sequence

from sqsd_adapters.lock_store.pipelined import PipelinedLockStore
from sqsd_adapters.lock_store.shared.connection import LockConnection
from sqsd_adapters.lock_store.steps import Step, are_answers, queue_hash
from sqsd_adapters.lock_store.time_limit import time_limit
from sqsd_core.errors import LockStoreUnavailable

SPACING = 0.001  # seconds; a call costs both processes as much as some ten steps


class SharedLockStore(PipelinedLockStore):
    """Locks that the processes of one parent share; lost when the parent ends.

    Every operation ends within ``timeout`` seconds, and fails at once for ``pause`` seconds after one that failed.
    The code that opened the connection closes it.
    """

    def __init__(self, *, connection: LockConnection, queue_url: str, timeout: float = 0.5, pause: float = 1.0) -> None:
        link = _Link(connection=connection, queue=queue_hash(queue_url))
        super().__init__(link=link, timeout=timeout, pause=pause, spacing=SPACING)


class _Link:
    def __init__(self, *, connection: LockConnection, queue: str) -> None:
        self._connection = connection
        self._queue = queue

    async def call(self, steps: Sequence[Step], *, deadline: float) -> str:
        try:
            async with time_limit(deadline):
                letters = await self._connection.ask(self._queue, steps)
        except TimeoutError:
            raise LockStoreUnavailable("the parent process, which keeps the locks, does not answer in time") from None
        if not are_answers(letters, steps):
            raise LockStoreUnavailable("the parent process sent an answer that does not fit the call")
        return letters

    async def close(self) -> None:
        """Other queues use the connection as well."""
