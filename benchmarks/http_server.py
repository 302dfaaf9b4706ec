"""The HTTP/1.1 server under the simulator and the sink: httptools over an asyncio protocol, keep-alive."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable
from typing import cast

import httptools
import orjson
import uvloop

CONTROL = b"/control/"  # paths below it belong to the bench, not to the clients


def answer(status: bytes, body: bytes = b"", headers: bytes = b"") -> bytes:
    """Build the bytes of a whole answer; ``headers`` are lines that end in CRLF."""
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status, headers, len(body), body)


def json_answer(value: object) -> bytes:
    return answer(b"200 OK", orjson.dumps(value), b"Content-Type: application/json\r\n")


class HttpConnection(asyncio.Protocol):
    """One client's connection; a subclass answers in ``on_request``."""

    __slots__ = ("_body", "_close", "_parser", "path", "transport")

    def __init__(self) -> None:
        self.path = b""
        self._body: list[bytes] = []
        self._close = False
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.transport.write(answer(b"400 Bad Request", headers=b"Connection: close\r\n"))
            self.transport.close()

    def on_url(self, url: bytes) -> None:
        self.path = url

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._body.clear()
        if self.path.startswith(CONTROL):
            self.transport.write(self.on_control(self.path[len(CONTROL) :].decode(), body))
        else:
            self.on_request(body)
        if not self._parser.should_keep_alive():
            self.transport.close()

    def on_request(self, body: bytes) -> None:
        raise NotImplementedError

    def on_control(self, verb: str, body: bytes) -> bytes:
        """Carry out a command of the bench, and return the whole answer."""
        raise NotImplementedError


#: builds the factory of a server's connections once there is a loop
Connect = Callable[[asyncio.AbstractEventLoop], Callable[[], HttpConnection]]


def serve(connect: Connect) -> None:
    """Serve on loopback until SIGTERM; print the port once it is open."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free port")
    port = parser.parse_args().port
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(connect, port))


async def _serve(connect: Connect, port: int) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(connect(loop), "127.0.0.1", port, backlog=4096)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await stop.wait()
    server.close()
