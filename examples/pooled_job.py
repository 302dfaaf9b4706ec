"""An async job that shares a pool of connections: opened when the daemon starts, closed after it has drained.

    QUEUE_URL=... INVOKER=examples.pooled_job:PooledShipping INVOKER_PARALLEL_COUNT=16 sqsd

A class is made once, without arguments. If it is an async context manager, the daemon opens and closes it. Most pools
(asyncpg, psycopg, redis-py, aiohttp) are used as the one here.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from sqsd import Failed, Message, Outcome, RetryLater, Succeeded

SIZE = 4  # connections
BUSY = 5.0  # seconds until a message comes back for which no connection was free
PATIENCE = 2.0  # seconds that a job waits for a connection


class Pool:
    """A few connections to an SQLite file."""

    def __init__(self, *, path: str) -> None:
        self._path = path
        self._free: asyncio.Queue[sqlite3.Connection] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        for _ in range(SIZE):
            connection = sqlite3.connect(self._path, check_same_thread=False)
            connection.execute("CREATE TABLE IF NOT EXISTS shipments (message_id TEXT PRIMARY KEY, body TEXT)")
            self._free.put_nowait(connection)
        return self

    async def __aexit__(self, *_: object) -> None:
        while not self._free.empty():
            self._free.get_nowait().close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[sqlite3.Connection]:
        """Lend a connection; TimeoutError if none is free in time."""
        async with asyncio.timeout(PATIENCE):
            connection = await self._free.get()
        try:
            yield connection
        finally:
            self._free.put_nowait(connection)


class PooledShipping:
    """Writes each order into the database, once."""

    def __init__(self, *, path: str | None = None) -> None:
        self._pool = Pool(path=path or os.environ.get("DATABASE", "shipments.sqlite3"))

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.__aexit__()

    async def invoke(self, message: Message) -> Outcome:
        try:
            async with self._pool.connection() as connection:
                await asyncio.to_thread(_ship, connection, message)
        except TimeoutError:
            return RetryLater(BUSY, reason="no connection was free")
        except sqlite3.Error as error:
            return Failed(type(error).__name__)
        return Succeeded()


def _ship(connection: sqlite3.Connection, message: Message) -> None:
    with connection:
        connection.execute("INSERT OR IGNORE INTO shipments VALUES (?, ?)", [message.id, message.body])
