"""A child's connection to the lock server of its parent."""

import asyncio
import socket
from collections.abc import Sequence
from itertools import count
from typing import cast

from sqsd_adapters.lock_store.shared.wire import Lines, decode_answer, encode_call
from sqsd_adapters.lock_store.steps import Step
from sqsd_core.errors import LockStoreUnavailable

GONE = "the parent process, which keeps the locks, is gone"


class LockConnection(asyncio.Protocol):
    """Many calls may be under way; an answer that comes too late is dropped by its number."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._numbers = count()
        self._lines = Lines()
        self._waiting: dict[int, asyncio.Future[str]] = {}

    async def open(self, sock: socket.socket) -> None:
        await asyncio.get_running_loop().create_unix_connection(lambda: self, sock=sock)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def ask(self, queue: str, steps: Sequence[Step]) -> str:
        """Return one letter per lock.

        Raises:
            LockStoreUnavailable: the parent is gone; it is unknown whether the steps took place.
        """
        if self._transport is None or self._transport.is_closing():
            raise LockStoreUnavailable(GONE)
        number = next(self._numbers)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._transport.write(encode_call(number, queue, steps))
            return await answer
        finally:
            del self._waiting[number]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            number, letters = decode_answer(line)
            answer = self._waiting.get(number)
            if answer is not None and not answer.done():
                answer.set_result(letters)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(LockStoreUnavailable(GONE))
