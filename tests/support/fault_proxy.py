"""A TCP proxy that breaks connections on purpose, in either direction, now or from now on."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Self

CHUNK = 65_536


class End(Enum):
    """What happens after the last byte that one direction lets through."""

    #: both directions are closed (FIN)
    CLOSE = auto()
    #: both directions are reset: the peers see ECONNRESET
    RESET = auto()
    #: this direction ends (FIN), the other goes on
    HALF_CLOSE = auto()
    #: no more bytes, and no close: a black hole
    SILENCE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """How one direction behaves. The default lets everything through."""

    #: seconds before each chunk is passed on
    delay: float = 0.0
    #: seconds before each single byte is passed on
    drip: float = 0.0
    #: bytes of each connection that are still passed on from now; None: all
    passes: int | None = None
    end: End = End.CLOSE
    #: only for the first connection that ends; then the direction works again
    once: bool = False


CLEAR = Lane()
BLACK_HOLE = Lane(passes=0, end=End.SILENCE)


def delay(seconds: float) -> Lane:
    return Lane(delay=seconds)


def drip(seconds: float) -> Lane:
    """Pass one byte per interval."""
    return Lane(drip=seconds)


def cut(passes: int, end: End = End.CLOSE, *, once: bool = False) -> Lane:
    """Pass a number of further bytes of each connection, then end it."""
    return Lane(passes=passes, end=end, once=once)


class FaultProxy:
    """Listens on a free loopback port and forwards everything to ``host:port``, except for its faults.

    ``to_server`` and ``to_client`` may be set at any time, for connections that are open and those to come::

        async with FaultProxy(host="127.0.0.1", port=server.port) as proxy:
            proxy.to_client = cut(3, End.RESET)  # three bytes of each answer, then ECONNRESET
            proxy.to_server = BLACK_HOLE  # the server hears nothing
            await proxy.refuse()  # ECONNREFUSED, and what is open is reset
            await proxy.accept()
    """

    def __init__(self, *, host: str, port: int) -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self.to_server = CLEAR
        self.to_client = CLEAR
        #: connections that were accepted so far
        self.accepted = 0
        self._upstream = (host, port)
        self._reserved: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    @property
    def open(self) -> int:
        """Connections that are open now."""
        return len(self._connections)

    async def __aenter__(self) -> Self:
        # Bound and not listening, this one refuses connections and keeps the port ours.
        self._reserved = _bound(self.host, 0)
        self.port = self._reserved.getsockname()[1]
        await self.accept()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()
        if self._reserved is not None:
            self._reserved.close()

    async def accept(self) -> None:
        """Listen (again)."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accepted, sock=_bound(self.host, self.port))

    async def refuse(self) -> None:
        """Refuse connections from now on, and reset those that are open."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        await self.reset()

    async def reset(self) -> None:
        """Reset the connections that are open."""
        connections = list(self._connections)
        for connection in connections:
            connection.reset()
        await asyncio.gather(*(connection.closed.wait() for connection in connections))

    def clear(self) -> None:
        """Remove the faults of both directions."""
        self.to_server = self.to_client = CLEAR

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        connection = _Connection(self, reader, writer)
        self._connections.add(connection)
        try:
            await connection.run(*self._upstream)
        finally:
            self._connections.discard(connection)
            connection.closed.set()


class _Connection:
    def __init__(self, proxy: FaultProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.closed = asyncio.Event()
        self._proxy = proxy
        self._client = (reader, writer)
        self._writers = [writer]
        self._task: asyncio.Task[None] | None = None

    def reset(self) -> None:
        for writer in self._writers:
            _reset(writer)
        if self._task is not None:
            self._task.cancel()

    async def run(self, host: str, port: int) -> None:
        self._task = asyncio.current_task()
        try:
            upstream = await asyncio.open_connection(host, port)
            self._writers.append(upstream[1])
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass("to_server", self._client[0], upstream[1]))
                tasks.create_task(self._pass("to_client", upstream[0], self._client[1]))
        except* (OSError, _Ended, asyncio.CancelledError):
            pass
        finally:
            await self._close()

    async def _pass(self, direction: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lane, passed = CLEAR, 0
        while chunk := await reader.read(CHUNK):
            now: Lane = getattr(self._proxy, direction)
            if now is not lane:
                lane, passed = now, 0
            allowed = chunk if lane.passes is None else chunk[: max(0, lane.passes - passed)]
            passed += len(allowed)
            await _write(writer, allowed, lane)
            if lane.passes is not None and passed >= lane.passes:
                await self._end(direction, lane, reader, writer)
                return
        await _half_close(writer)

    async def _end(
        self, direction: str, lane: Lane, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if lane.once and getattr(self._proxy, direction) is lane:
            setattr(self._proxy, direction, CLEAR)
        match lane.end:
            case End.CLOSE:
                raise _Ended
            case End.RESET:
                for each in self._writers:
                    _reset(each)
                raise _Ended
            case End.HALF_CLOSE:
                await _half_close(writer)
            case End.SILENCE:
                pass
        while await reader.read(CHUNK):
            pass
        if lane.end is End.SILENCE:
            raise _Ended

    async def _close(self) -> None:
        for writer in self._writers:
            writer.close()
        for writer in self._writers:
            with suppress(OSError):
                await writer.wait_closed()


class _Ended(Exception):
    """One direction has ended and closes the connection."""


async def _write(writer: asyncio.StreamWriter, chunk: bytes, lane: Lane) -> None:
    pieces = [chunk[i : i + 1] for i in range(len(chunk))] if lane.drip else [chunk]
    for piece in pieces:
        if pause := lane.drip or lane.delay:
            await asyncio.sleep(pause)
        writer.write(piece)
        await writer.drain()


async def _half_close(writer: asyncio.StreamWriter) -> None:
    if writer.can_write_eof() and not writer.is_closing():
        with suppress(OSError):
            writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    with suppress(OSError):  # closed already
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.settimeout(0)
    bound.bind((host, port))
    return bound


@asynccontextmanager
async def unanswered_address() -> AsyncIterator[tuple[str, int]]:
    """Yield an address at which a connect hangs: a listener whose queue is full and which never accepts."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        fillers = [socket.socket() for _ in range(2)]
        try:
            for filler in fillers:
                filler.settimeout(0)
                with suppress(BlockingIOError):
                    filler.connect(address)
            await asyncio.sleep(0)
            yield address
        finally:
            for filler in fillers:
                filler.close()
