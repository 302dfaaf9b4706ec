"""A connection as httpcore reads and writes one; it keeps what arrives, so that an error in writing loses no answer."""

import asyncio
import socket
import ssl
from typing import Any

import httpcore

from sqsd_adapters.transport.exchange import MAX_HEAD, MAX_INTERIM
from sqsd_adapters.transport.link import PIECE, Link

_UNREAD = 4 * PIECE  # bytes that wait for a reader before the worker has to
_HEAD_PIECE = 8_192  # bytes a read while the head is read, so that its limits are looked at often


class Stream(Link, httpcore.AsyncNetworkStream):
    """Carries one exchange of one caller, who bounds the time of it.

    Httpcore skips any number of 1xx answers; here they end where ``MAX_HEAD`` or ``MAX_INTERIM`` is reached.
    """

    def __init__(self, connected: socket.socket) -> None:
        super().__init__(connected=connected)
        self._changed = asyncio.Event()
        self._arrived = bytearray()
        self._asked = False
        self._has_begun = False
        self._has_ended = False
        self._delivered = 0
        self._interims = 0
        #: to be set when httpcore has read the final head
        self.head_is_read = False
        #: the loop's time of the last byte that came
        self.heard_at = 0.0
        self.watched = False
        #: why the exchange was ended from here, if it was
        self.silence = ""

    @property
    def is_unanswered(self) -> bool:
        """Whether the connection ended before the first byte of an answer."""
        return self._has_ended and not self._has_begun

    def fall_silent(self, reason: str) -> None:
        """End the exchange, since the worker says nothing."""
        self.silence = reason
        self.abort()

    # Called by httpcore.

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109, ARG002 # httpcore's
        if not self.head_is_read:
            max_bytes = self._left_of_head()
        while not self._arrived and not self._has_ended:
            await self._change()
        data = bytes(self._arrived[:max_bytes])
        del self._arrived[:max_bytes]
        if not data and self.error is not None:
            raise httpcore.ReadError
        if self.is_open and len(self._arrived) < _UNREAD:
            self._transport.resume_reading()
        self._delivered += len(data)
        self._interims += data.count(b"HTTP/1.1 1")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109, ARG002 # httpcore's
        self._asked = True
        if len(buffer) > PIECE:
            self._expect_much()
        unsent = memoryview(buffer)
        while unsent:
            await self._may_write()
            if not self.is_open:
                # httpcore reads on then
                raise httpcore.WriteError
            self._transport.write(unsent[:PIECE])
            unsent = unsent[PIECE:]

    async def aclose(self) -> None:
        self.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 # httpcore's
    ) -> httpcore.AsyncNetworkStream:
        raise NotImplementedError

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401, ARG002 # httpcore's
        return None

    # Called by the event loop.

    def data_received(self, data: bytes) -> None:
        if not self._asked:
            self.abort()
            return
        self._has_begun = True
        self.heard_at = asyncio.get_running_loop().time()
        self._arrived += data
        if len(self._arrived) >= _UNREAD:
            self._transport.pause_reading()
        self._changed.set()

    def eof_received(self) -> bool:
        self._has_ended = True
        self._changed.set()
        return self._tls is None

    def connection_lost(self, error: Exception | None) -> None:
        if self._asked:
            for data in self._unread():
                self._has_begun = True
                self._arrived += data
                if len(self._arrived) >= _UNREAD:
                    break
        self._close_spare()
        if not self._has_ended:
            self.error = error
        self._has_ended = True
        self._changed.set()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._changed.set()

    async def _may_write(self) -> None:
        while self._paused and self.is_open:
            await self._change()
        if self._tls is not None and self.poll(0):
            # it may be the answer, or the end; a write would only add to it, and asyncio logs each that fails
            await asyncio.sleep(0)

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _left_of_head(self) -> int:
        if self._delivered > MAX_HEAD or self._interims > MAX_INTERIM:
            raise httpcore.RemoteProtocolError
        return _HEAD_PIECE
