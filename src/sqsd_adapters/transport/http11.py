"""The default transport: HTTP/1.1 on httptools and asyncio protocols."""

import asyncio
import socket
from math import inf
from typing import Self

from sqsd_adapters.transport.address import Address
from sqsd_adapters.transport.connection import Connection, Waiting
from sqsd_adapters.transport.dialer import Dialer
from sqsd_adapters.transport.exchange import (
    KEEP_ALIVE,
    MAX_ANSWER,
    REUSE_PAUSE,
    Answer,
    Dropped,
    RequestHeaders,
    block,
)
from sqsd_adapters.transport.idle import IdleConnections
from sqsd_adapters.transport.outbox import Outbox
from sqsd_adapters.transport.silence import Silence
from sqsd_adapters.transport.tls import SYSTEM_TRUST, Tls
from sqsd_adapters.transport.turns import Turns


class Http11Exchange:
    """Keeps connections alive for ``keep_alive`` seconds, and uses none again for ``reuse_pause`` after a drop.

    No connection is used again beyond ``max_age``. A worker that sends no byte for ``idle_timeout`` ends the exchange.

    Making one raises ValueError where ``url`` is none that ``Address`` reads, opening it ConfigurationError where a
    file of ``tls`` is of no use. Time-outs are seconds.
    """

    def __init__(
        self,
        *,
        url: str,
        connections: int,
        connect_timeout: float,
        tls: Tls = SYSTEM_TRUST,
        method: str = "POST",
        max_answer: int = MAX_ANSWER,
        keep_alive: float = KEEP_ALIVE,
        reuse_pause: float = REUSE_PAUSE,
        max_age: float = inf,
        idle_timeout: float | None = None,
    ) -> None:
        self._address = Address.parse(url)
        self._dialer = Dialer(address=self._address, timeout=connect_timeout)
        self._tls = tls
        self._max_answer = max_answer
        #: of a POST, even an empty body has its length told
        self._expects_body = method != "GET"
        self._method = method.encode("ascii")
        self._own_headers = _own_headers(self._address)
        self._start = self._start_for(self._address.target)
        self._turns = Turns(limit=connections)
        self._all_but_one = connections - 1
        self._idle = IdleConnections(keep_alive=keep_alive, pause=reuse_pause, max_age=max_age)
        self._silence = None if idle_timeout is None else Silence(limit=idle_timeout)
        self._outbox = Outbox()
        self._open: set[Connection] = set()

    async def __aenter__(self) -> Self:
        self._context = self._tls.context() if self._address.tls else None
        self._loop = asyncio.get_running_loop()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._silence is not None:
            self._silence.close()
        closing = [connection.closed for connection in self._open]
        for connection in list(self._open):
            connection.abort()
        await asyncio.gather(*closing)

    async def exchange(self, headers: RequestHeaders, body: bytes, *, target: bytes | None = None) -> Answer:
        head = self.head(headers, len(body), target=target)
        turns, idle, loop = self._turns, self._idle, self._loop
        if not turns.take():
            await turns.wait()
        connection = result = None
        try:
            while result is None:
                if connection is not None:
                    idle.give(connection, loop.time())
                connection = idle.take(loop.time())
                future: Waiting = loop.create_future()
                if connection is None:
                    connection = await self._connect()
                    connection.send(head, body, future)
                elif turns.free == self._all_but_one:
                    self._outbox.send(connection, head, body, future)
                else:
                    self._outbox.add(connection, head, body, future)
                if self._silence is not None:
                    self._silence.watch(connection, loop)
                result = await future
        finally:
            turns.give_back()
            if connection is not None:
                self._put_back(connection)
        if isinstance(result, Answer):
            return result
        if isinstance(result, Dropped):
            idle.suspend(loop.time())
        raise result

    def head(self, headers: RequestHeaders, length: int, *, target: bytes | None = None) -> bytes:
        """Build the head of a request as it is sent: request line, headers, empty line."""
        start = self._start if target is None else self._start_for(target)
        end = b"Content-Length: %d\r\n\r\n" % length if length or self._expects_body else b"\r\n"
        return start + block(headers) + end

    def _put_back(self, connection: Connection) -> None:
        if self._silence is not None:
            self._silence.forget(connection)
        self._idle.give(connection, self._loop.time())

    def _start_for(self, target: bytes) -> bytes:
        """Build what begins a head."""
        if b"\n" in target:
            raise ValueError("a target holds a line break")
        return b"%b %b HTTP/1.1\r\n%b" % (self._method, target, self._own_headers)

    async def _connect(self) -> Connection:
        connection = await self._dialer.open(self._new_connection, self._context)
        self._open.add(connection)
        return connection

    def _new_connection(self, connected: socket.socket) -> Connection:
        return Connection(connected=connected, max_answer=self._max_answer, all_open=self._open)


def _own_headers(address: Address) -> bytes:
    lines = [b"Host: " + address.authority, b"Accept-Encoding: identity"]
    if address.authorization is not None:
        lines.append(b"Authorization: " + address.authorization)
    return b"\r\n".join((*lines, b""))
