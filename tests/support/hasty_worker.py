"""A worker that answers once it has a request's head, and closes with the body unread: its kernel sends a reset."""

import socket
import ssl
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self


class HastyWorker:
    """Listens on a free loopback port, on a thread of its own and blocking sockets, as simple servers do."""

    def __init__(self, *, status: bytes = b"200 OK", tls: ssl.SSLContext | None = None) -> None:
        self._answer = b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        self._tls = tls
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, name="hasty worker")
        self.answered = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._server.close()

    @property
    def url(self) -> str:
        host = "http://127.0.0.1" if self._tls is None else "https://localhost"
        return f"{host}:{self._server.getsockname()[1]}/jobs"

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                accepted, _ = self._server.accept()
                with suppress(OSError):
                    self._serve_one(accepted)

    def _serve_one(self, accepted: socket.socket) -> None:
        # otherwise the answer may wait for the acknowledgement of the session tickets, and the reset drops it
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with accepted if self._tls is None else self._tls.wrap_socket(accepted, server_side=True) as connection:
            connection.settimeout(5.0)
            head = b""
            while b"\r\n\r\n" not in head:
                if not (data := connection.recv(1_024)):
                    return
                head += data
            connection.sendall(self._answer)
            self.answered += 1
