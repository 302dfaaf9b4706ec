"""An HTTP worker in a thread, for tests that are async and tests that are not: it records requests and answers."""

import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message as HttpHeaders
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from sqsd_adapters.testing.script import demand_script

OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; ``headers["x-aws-sqsd-msgid"]`` ignores upper and lower case, and is None without that header."""

    method: str
    path: str
    headers: HttpHeaders = field(repr=False)
    body: str

    @property
    def message_id(self) -> str:
        """SQS's MessageId; empty without the header."""
        return self.headers["X-Aws-Sqsd-Msgid"] or ""

    @property
    def receive_count(self) -> int:
        """How often SQS has delivered the message, from 1; 0 without the header."""
        return int(self.headers["X-Aws-Sqsd-Receive-Count"] or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer with more than a status: ``Answer(status=429, headers={"Retry-After": "9"})``."""

    status: int = OK
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


#: a status, or a whole answer
Reply = int | Answer


class RecordingWorker:
    """An HTTP worker that records requests; it listens on a free loopback port while it is open.

    ``script`` maps a body to its answers: one per request, and after the last one, the last again. Other bodies get
    200. With ``answer``, a function gives the answers instead. A thread calls it with each request, so it may block::

        with RecordingWorker({"bad": [500]}) as worker:
            ...
        assert worker.bodies == ["good", "bad"]
    """

    def __init__(
        self, script: Mapping[str, Sequence[Reply]] | None = None, *, answer: Callable[[Request], Reply] | None = None
    ) -> None:
        if answer is not None and not callable(answer):
            raise TypeError(f"answer: expected a function that takes a Request, got {type(answer).__qualname__}")
        self.script = {} if script is None else script
        self.answer = answer
        self._requests: list[Request] = []
        self._changed = threading.Condition()
        self._server: _Server | None = None
        self._is_open = False

    def __enter__(self) -> Self:
        if self._is_open:
            raise RuntimeError("the worker is open already: make another RecordingWorker")
        self._is_open = True
        self._server = _Server(("127.0.0.1", 0), _handler(self._reply))
        threading.Thread(target=self._server.serve_forever, args=(0.01,), name="recording-worker", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_open = False
        if self._server is not None:
            self._server.end()

    def __repr__(self) -> str:
        return f"<RecordingWorker, {len(self._requests)} requests>"

    @property
    def script(self) -> Mapping[str, Sequence[Reply]]:
        """The answers of each body; a test may replace the script.

        Raises:
            TypeError: the script maps a body to something other than a list of statuses and ``Answer``.
        """
        return self._script

    @script.setter
    def script(self, script: Mapping[str, Sequence[Reply]]) -> None:
        demand_script(script, steps=(int, Answer), named="statuses and Answers")
        self._script = script

    @property
    def url(self) -> str:
        """The URL of the worker, for INVOKER_URL."""
        host, port = self.address
        return f"http://{host}:{port}/"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        if self._server is None:
            raise RuntimeError("the worker is not open: use it inside its `with` block")
        return "127.0.0.1", self._server.server_port

    @property
    def requests(self) -> list[Request]:
        """The requests in the order in which they came, without health checks (GET)."""
        return [request for request in self._requests if request.method == "POST"]

    @property
    def bodies(self) -> list[str]:
        """The bodies of the requests, in the order in which they came."""
        return [request.body for request in self.requests]

    def wait_for(self, requests: int, *, within: float = 30.0) -> None:
        """Block until so many requests have come; TimeoutError after ``within`` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= requests, within):
                raise TimeoutError(f"{len(self.requests)} of {requests} requests came in {within:g} s")

    def _reply(self, request: Request) -> Answer:
        with self._changed:
            self._requests.append(request)
            attempt = sum(1 for each in self.requests if each.body == request.body)
            self._changed.notify_all()
        if self.answer is not None:
            reply = self.answer(request)
        else:
            replies = self._script.get(request.body) or [OK]
            reply = replies[max(0, min(attempt, len(replies)) - 1)]
        return Answer(status=reply) if isinstance(reply, int) else reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - as its base
        super().__init__(*arguments)
        self._open: set[socket.socket] = set()

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as its base
        self._open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as its base
        """Print what the test's own ``answer`` has raised; a daemon that hangs up is no error of the test."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def end(self) -> None:
        self.shutdown()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the other side was faster
                continue
        self.server_close()


def _handler(reply: Callable[[Request], Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # else the kernel holds the body back until the head is acknowledged
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._send(reply(self._read("GET")))

        def do_POST(self) -> None:
            self._send(reply(self._read("POST")))

        def log_message(self, *_: object) -> None:
            """Print nothing."""

        def _read(self, method: str) -> Request:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            return Request(method=method, path=self.path, headers=self.headers, body=body.decode())

        def _send(self, answer: Answer) -> None:
            body = answer.body.encode()
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

    return Handler
