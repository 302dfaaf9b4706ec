"""The lock table in the parent process, for its children."""

import asyncio
import logging
import socket
from collections import defaultdict
from typing import cast

from sqsd_adapters.lock_store.carrying_out import carry_out
from sqsd_adapters.lock_store.shared.wire import Lines, decode_call, encode_answer
from sqsd_core.policy.locking import LockTable
from sqsd_core.ports.clock import Clock

MAX_DONE = 100_000  # of each queue, as in a process of its own: about 13 MB
SWEEP = 60.0  # seconds

logger = logging.getLogger(__name__)


class LockServer:
    """Answers calls, one after the other; a process that ends leaves its leases behind, as with any store."""

    def __init__(self, *, clock: Clock, max_done: int = MAX_DONE, sweep_interval: float = SWEEP) -> None:
        self._clock = clock
        self._tables: defaultdict[str, LockTable] = defaultdict(lambda: LockTable(max_done=max_done))
        self._sweep_interval = sweep_interval
        self._swept = clock.monotonic()
        self._warned = False

    def __repr__(self) -> str:
        return f"<LockServer: {', '.join(map(repr, self._tables.values()))}>"

    async def serve(self, sock: socket.socket) -> asyncio.Transport:
        """Answer the calls of one child until the transport is closed, or the child ends."""
        transport, _ = await asyncio.get_running_loop().create_unix_connection(lambda: _Child(self), sock=sock)
        return transport

    def answer(self, line: bytes) -> bytes:
        """Carry out a call; raises ValueError for what is none."""
        number, queue, steps = decode_call(line)
        now = self._clock.monotonic()
        self._sweep(now)
        table = self._tables[queue]
        return encode_answer(number, "".join([carry_out(table, step, now=now) for step in steps]))

    def _sweep(self, now: float) -> None:
        if now - self._swept < self._sweep_interval:
            return
        self._swept = now
        for table in self._tables.values():
            table.expire(now=now)
        forgotten = sum(table.forgotten for table in self._tables.values())
        if forgotten and not self._warned:
            self._warned = True
            logger.warning("lock memory full, oldest forgotten", extra={"forgotten": forgotten})


class _Child(asyncio.Protocol):
    def __init__(self, server: LockServer) -> None:
        self._server = server
        self._lines = Lines()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            answers = b"".join([self._server.answer(line) for line in self._lines.feed(data)])
        except ValueError:
            logger.exception("a process called the lock server wrongly")
            self._transport.abort()
        else:
            self._transport.write(answers)
