"""A worker on a raw socket: scripted answers, valid and invalid, and a byte-for-byte record of each request."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

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


class RawWorker:
    """Listens on a loopback port, or on a unix socket; the last of ``answers`` serves all further requests.

    With ``reads_bodies=False`` it answers as soon as a request's head is there, and reads no further.
    """

    def __init__(
        self,
        *answers: Answer,
        tls: ssl.SSLContext | None = None,
        socket_path: Path | None = None,
        reads_bodies: bool = True,
    ) -> None:
        self._answers = list(answers or [respond()])
        self._tls = tls
        self._socket_path = socket_path
        self._reads_bodies = reads_bodies
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._errors: list[BaseException] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self._changed = asyncio.Event()
        #: each as it came, head and body
        self.requests: list[bytes] = []
        #: how many were accepted
        self.connections = 0
        #: how many of them are open
        self.open = 0
        #: how many of them were open at a time
        self.most_open = 0

    async def __aenter__(self) -> Self:
        if self._socket_path is not None:
            self._server = await asyncio.start_unix_server(self._accept, self._socket_path, limit=1 << 22)
        else:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls, limit=1 << 22)
            self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.close()
        await asyncio.sleep(0)  # what the loop has accepted already arrives
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # a task that was cancelled before it began has closed nothing
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)
        if self._errors and error is None:
            raise self._errors[0]

    @property
    def url(self) -> str:
        if self._socket_path is not None:
            return f"http+unix://{quote(str(self._socket_path), safe='')}/jobs"
        host = "http://127.0.0.1" if self._tls is None else "https://localhost"
        return f"{host}:{self.port}/jobs"

    async def until(self, condition: Callable[[Self], bool]) -> None:
        """Wait until the worker has seen what ``condition`` asks for; the test's time limit bounds it."""
        while not condition(self):
            self._changed.clear()
            await self._changed.wait()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._server.is_serving():
            writer.transport.abort()
            return
        self._writers.add(writer)
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._errors.append(error)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        self._changed.set()
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer_requests(Connection(reader, writer))
        except RuntimeError:
            if not writer.is_closing():  # or it is uvloop's word for a connection that has ended
                raise
        finally:
            if not writer.is_closing():
                writer.transport.abort()
            self._writers.discard(writer)
            self.open -= 1
            self._changed.set()

    async def _answer_requests(self, connection: Connection) -> None:
        while not connection.writer.is_closing():
            head = await connection.reader.readuntil(b"\r\n\r\n")
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            if self._reads_bodies:
                head += await connection.reader.readexactly(_content_length(head))
            self.requests.append(head)
            self._changed.set()
            await answer(connection)


@contextmanager
def refusing_port() -> Iterator[int]:
    """Keep a loopback port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def header_lines(request: bytes) -> list[bytes]:
    """Take the lines of a request's head apart, without the request line."""
    return request.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]


def body_of(request: bytes) -> bytes:
    return request.partition(b"\r\n\r\n")[2]


def _content_length(head: bytes) -> int:
    for line in header_lines(head):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
