"""What a raw worker does with a request: answers that are valid, slow, cut off or no HTTP at all."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Connection:
    """One accepted connection, for the answers."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def until_closed(self) -> None:
        """Wait for the other side to close, whatever else it sends."""
        while await self.reader.read(_CHUNK):
            pass

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """End the connection with RST in place of FIN."""
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()


#: what the worker does with one request; a connection that it leaves open gets its next request read
Answer = Callable[[Connection], Awaitable[None]]


def respond(data: bytes = OK) -> Answer:
    """Send ``data`` and keep the connection alive."""

    async def answer(connection: Connection) -> None:
        await connection.send(data)

    return answer


def respond_and_close(data: bytes = OK) -> Answer:
    async def answer(connection: Connection) -> None:
        await connection.send(data)
        connection.close()

    return answer


def respond_and_reset(data: bytes = b"") -> Answer:
    async def answer(connection: Connection) -> None:
        await connection.send(data)
        connection.reset()

    return answer


def half_close(data: bytes = OK) -> Answer:
    """Send ``data`` and end the sending side alone."""

    async def answer(connection: Connection) -> None:
        await connection.send(data)
        connection.writer.write_eof()
        await connection.until_closed()

    return answer


def stay_silent() -> Answer:
    async def answer(connection: Connection) -> None:
        await connection.until_closed()

    return answer


def drip(data: bytes, *, interval: float) -> Answer:
    """Send ``data`` byte by byte."""

    async def answer(connection: Connection) -> None:
        for position in range(len(data)):
            await connection.send(data[position : position + 1])
            await asyncio.sleep(interval)

    return answer


def flood(head: bytes, *, piece: bytes, times: int) -> Answer:
    """Send ``head`` and then ``piece`` over and over, for as long as the other side reads."""

    async def answer(connection: Connection) -> None:
        await connection.send(head)
        for _ in range(times):
            await connection.send(piece)

    return answer


def respond_and_reset_at_next_request(data: bytes = OK) -> Answer:
    """Keep the connection alive, and reset it in the moment in which the next request begins to arrive."""

    async def answer(connection: Connection) -> None:
        await connection.send(data)
        await connection.reader.read(1)
        connection.reset()

    return answer
