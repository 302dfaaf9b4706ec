"""The exchange at its leanest: HTTP/1.1 on httptools and bare protocols; the default transport."""

import asyncio
from typing import Self

from sqsd_adapters.transport.address import Address
from sqsd_adapters.transport.connection import Connection, Result
from sqsd_adapters.transport.exchange import KEEP_ALIVE, MAX_ANSWER, Answer, Headers, NotConnected
from sqsd_adapters.transport.failures import why_not_connected
from sqsd_adapters.transport.tls import SYSTEM_TRUST, Tls


class Http11Exchange:
    """A stack of idle connections: the one used last is used next, so that few are kept alive.

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
    ) -> None:
        self._address = Address.parse(url)
        self._connect_timeout = connect_timeout
        self._tls = tls
        self._max_answer = max_answer
        #: of a POST, even an empty body has its length told
        self._expects_body = method != "GET"
        self._start = _start(self._address, method)
        self._breaks = self._start.count(b"\n")
        self._connections = connections
        self._keep_alive = keep_alive
        self._busy = 0
        self._released = asyncio.Event()
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()

    async def __aenter__(self) -> Self:
        self._context = self._tls.context() if self._address.tls else None
        self._loop = asyncio.get_running_loop()
        return self

    async def __aexit__(self, *_: object) -> None:
        closing = [connection.closed for connection in self._open]
        for connection in list(self._open):
            connection.abort()
        await asyncio.gather(*closing)

    async def exchange(self, headers: Headers, body: bytes) -> Answer:
        head = self._head(headers, len(body))
        # by hand, since a semaphore takes a tenth of the time of a whole exchange
        while self._busy >= self._connections:
            self._released.clear()
            await self._released.wait()
        self._busy += 1
        connection = None
        try:
            connection = self._take() or await self._connect()
            future: asyncio.Future[Result] = self._loop.create_future()
            connection.send(head, body, future)
            result = await future
        finally:
            self._give_back(connection)
        if isinstance(result, Answer):
            return result
        raise result

    def _head(self, headers: Headers, length: int) -> bytes:
        lines = b"\r\n".join((self._start, *map(b": ".join, headers)))
        if lines.count(b"\n") != self._breaks + len(headers):
            raise ValueError("a header holds a line break")
        if length or self._expects_body:
            return b"%b\r\nContent-Length: %d\r\n\r\n" % (lines, length)
        return lines + b"\r\n\r\n"

    def _take(self) -> Connection | None:
        """Pop the connection used last that is still good; close those above it that are not."""
        oldest = self._loop.time() - self._keep_alive
        while self._idle:
            connection = self._idle.pop()
            if connection.idle_since > oldest and connection.is_ready:
                return connection
            connection.abort()
        return None

    def _give_back(self, connection: Connection | None) -> None:
        if self._busy >= self._connections:
            self._released.set()
        self._busy -= 1
        if connection is None:
            return
        if connection.reusable:
            connection.idle_since = self._loop.time()
            self._idle.append(connection)
        else:
            connection.abort()

    async def _connect(self) -> Connection:
        connection = Connection(max_answer=self._max_answer, all_open=self._open)
        try:
            async with asyncio.timeout(self._connect_timeout):
                await self._dial(connection)
        except OSError as error:
            raise NotConnected(f"{self._address}: {why_not_connected(error)}") from error
        # of a new TLS connection, what waits to be read is the server's session tickets
        if not (connection.is_open if self._address.tls else connection.is_ready):
            connection.abort()
            raise NotConnected(f"{self._address}: it closed the connection, or spoke, before it was asked")
        self._open.add(connection)
        return connection

    async def _dial(self, connection: Connection) -> None:
        address = self._address
        if address.socket_path is not None:
            await self._loop.create_unix_connection(lambda: connection, address.socket_path)
        else:
            await self._loop.create_connection(lambda: connection, address.host, address.port, ssl=self._context)


def _start(address: Address, method: str) -> bytes:
    """Build what begins every head, without the last line break."""
    lines = [
        b"%s %s HTTP/1.1" % (method.encode("ascii"), address.target),
        b"Host: " + address.authority,
        b"Accept-Encoding: identity",
    ]
    if address.authorization is not None:
        lines.append(b"Authorization: " + address.authorization)
    return b"\r\n".join(lines)
