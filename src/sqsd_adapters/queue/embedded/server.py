"""The engine as a server: SQS's protocols over HTTP, good enough for real SDKs, with fault switches."""

import asyncio
import socket
from collections.abc import Iterable
from struct import pack
from typing import Self
from uuid import uuid4

from aiohttp import web

from sqsd_adapters.errors import AddressInUse
from sqsd_adapters.queue.embedded.admin import admin_routes
from sqsd_adapters.queue.embedded.call import Call
from sqsd_adapters.queue.embedded.dialect import Asked, Dialect, Reply
from sqsd_adapters.queue.embedded.errors import SqsError
from sqsd_adapters.queue.embedded.faults import Faults
from sqsd_adapters.queue.embedded.looking import looking_routes
from sqsd_adapters.queue.embedded.operations import carry_out
from sqsd_adapters.queue.embedded.origin import OriginGuard
from sqsd_adapters.queue.embedded.requests import dialect_of, read, reply_with
from sqsd_adapters.queue.embedded.sqs import EmbeddedSqs

MAX_REQUEST = 16 * 1_048_576  # bytes; a batch of 1 MiB whose every character is escaped in JSON
_RESET = pack("ii", 1, 0)  # SO_LINGER on, 0 s: closing sends a reset


class EmbeddedSqsServer:
    """Serves an EmbeddedSqs on an address of this machine.

    As with SQS, a client that goes away in the middle of a long poll does not end it: the receive takes the
    next message all the same, which stays hidden for its visibility timeout. ``cancel_abandoned_polls`` spares
    tests that. Any credentials are accepted. ``/_faults`` and ``/_calls`` answer loopback only, and no path answers
    a web page of another site; ``allowed_hosts`` are further names under which clients reach the server.
    """

    def __init__(
        self,
        *,
        sqs: EmbeddedSqs | None = None,
        faults: Faults | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        cancel_abandoned_polls: bool = False,
        allowed_hosts: Iterable[str] = (),
    ) -> None:
        self.sqs = EmbeddedSqs() if sqs is None else sqs
        self.faults = Faults() if faults is None else faults
        self._host = host
        self._port = port
        self._running: set[asyncio.Task[object]] = set()
        guard = OriginGuard(host=host, allowed=allowed_hosts)
        app = web.Application(client_max_size=MAX_REQUEST, middlewares=[guard.admit])
        app.add_routes([*admin_routes(self.faults), *looking_routes(self.sqs)])
        app.router.add_route("GET", "/{path:.*}", self._answer)
        app.router.add_route("POST", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=cancel_abandoned_polls, shutdown_timeout=0.1
        )

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise AddressInUse.of(error, host=self._host, port=self._port, option="--port") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        # polls that were abandoned belong to no connection any more
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self.sqs.save()

    @property
    def url(self) -> str:
        """The endpoint, e.g. for ``SQS_ENDPOINT_URL``."""
        host, port = self._runner.addresses[0][:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def queue_url(self, name: str) -> str:
        return self.sqs.engine.place.url_of(self.url, name)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a handler runs in a task
        self._running.add(task)
        try:
            return await self._call(request, dialect_of(request))
        finally:
            self._running.discard(task)

    async def _call(self, request: web.Request, dialect: Dialect) -> web.StreamResponse:
        request_id = str(uuid4())
        try:
            asked = await read(request)
            if asked is None:
                return web.Response(status=404, text="<UnknownOperationException/>\n", content_type="text/xml")
            reply = await self._reply(request, asked, dialect, request_id)
        except SqsError as error:
            reply = dialect.refusal(error, request_id=request_id)
        return _reset(request) if reply is None else reply_with(reply, request_id=request_id)

    async def _reply(self, request: web.Request, asked: Asked, dialect: Dialect, request_id: str) -> Reply | None:
        """The answer; None where a fault takes it away."""
        met = self.faults.meet(asked.operation, entries=_size(asked))
        if met.delay:
            await asyncio.sleep(met.delay)
        if met.reset:
            return None
        if met.error is not None:
            raise met.error
        call = Call(
            sqs=self.sqs,
            operation=asked.operation,
            parameters=asked.parameters,
            base_url=f"http://{request.host}",
            met=met,
            trace_header=request.headers.get("X-Amzn-Trace-Id"),
        )
        answer = await carry_out(call)
        return None if met.lose_answer else dialect.answer(asked.operation, answer, request_id=request_id)


def _size(asked: Asked) -> int:
    entries = asked.parameters.get("Entries")
    return len(entries) if isinstance(entries, list) else 0


def _reset(request: web.Request) -> web.Response:
    """Reset the connection; aiohttp finds it closed and drops the answer."""
    if request.transport is not None:
        if (connection := request.transport.get_extra_info("socket")) is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        request.transport.abort()
    return web.Response()
