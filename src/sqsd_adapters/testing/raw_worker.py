"""A worker on a raw socket: scripted answers, and a byte-for-byte record of each request."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from sqsd_adapters.testing.raw_answers import Answer, Connection, respond


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
