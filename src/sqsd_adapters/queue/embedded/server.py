"""The engine as a server: SQS's JSON protocol over HTTP, good enough for real SDKs, with fault switches."""

import asyncio
import json
import socket
from collections.abc import Mapping
from struct import pack
from types import MappingProxyType
from typing import Self
from uuid import uuid4

from aiohttp import web

from sqsd_adapters.errors import AddressInUse
from sqsd_adapters.queue.embedded import protocol
from sqsd_adapters.queue.embedded.admin import admin_routes
from sqsd_adapters.queue.embedded.errors import SqsError
from sqsd_adapters.queue.embedded.faults import Faults
from sqsd_adapters.queue.embedded.operations import Call, Operations, queue_url
from sqsd_adapters.queue.embedded.protocol import Json
from sqsd_adapters.queue.embedded.sqs import EmbeddedSqs

MAX_REQUEST = 16 * 1_048_576  # bytes; a batch of 1 MiB whose every character is escaped in JSON
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_RESET = pack("ii", 1, 0)  # SO_LINGER on, 0 s: closing sends a reset


class EmbeddedSqsServer:
    """Serves an EmbeddedSqs on an address of this machine.

    As with SQS, a client that goes away in the middle of a long poll does not end it: the receive takes the
    next message all the same, which stays hidden for its visibility timeout. ``cancel_abandoned_polls`` spares
    tests that. Any credentials are accepted. ``/_faults`` and ``/_calls`` answer loopback only.
    """

    def __init__(
        self,
        *,
        sqs: EmbeddedSqs | None = None,
        faults: Faults | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        cancel_abandoned_polls: bool = False,
    ) -> None:
        self.sqs = sqs or EmbeddedSqs()
        self.faults = faults or Faults()
        self._operations = Operations(sqs=self.sqs)
        self._host = host
        self._port = port
        self._running: set[asyncio.Task[object]] = set()
        app = web.Application(client_max_size=MAX_REQUEST)
        app.add_routes(admin_routes(self.faults))
        app.router.add_post("/{path:.*}", self._answer)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=cancel_abandoned_polls, shutdown_timeout=0.1
        )

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise AddressInUse(f"Cannot listen on {self._host}:{self._port}: {error.strerror}.") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        # polls that were abandoned belong to no connection any more
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    @property
    def url(self) -> str:
        """The endpoint, e.g. for ``SQS_ENDPOINT_URL``."""
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    def queue_url(self, name: str) -> str:
        return queue_url(self.url, name)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a handler runs in a task
        self._running.add(task)
        try:
            return await self._call(request)
        finally:
            self._running.discard(task)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        operation = request.headers.get("X-Amz-Target", "").removeprefix(protocol.TARGET_PREFIX)
        try:
            parameters = _parameters(await request.read())
            met = self.faults.meet(operation, entries=_size(parameters))
            if met.delay:
                await asyncio.sleep(met.delay)
            if met.reset:
                return _reset(request)
            if met.error is not None:
                raise met.error
            base_url = f"http://{request.host}"
            call = Call(operation=operation, parameters=parameters, base_url=base_url, met=met)
            answer = await self._operations.carry_out(call)
        except SqsError as error:
            status, headers, body = protocol.error_answer(error)
            return _response(body, status=status, headers=headers)
        return _reset(request) if met.lose_answer else _response(answer)


def _parameters(body: bytes) -> Json:
    try:
        parameters = json.loads(body or b"{}")
    except ValueError:
        raise protocol.malformed("The body") from None
    if not isinstance(parameters, dict):
        raise protocol.malformed("The body")
    return parameters


def _size(parameters: Json) -> int:
    entries = parameters.get("Entries")
    return len(entries) if isinstance(entries, list) else 0


def _response(body: Json, *, status: int = 200, headers: Mapping[str, str] = NO_HEADERS) -> web.Response:
    return web.Response(
        body=json.dumps(body).encode(),
        status=status,
        headers={"Content-Type": protocol.CONTENT_TYPE, "x-amzn-RequestId": str(uuid4()), **headers},
    )


def _reset(request: web.Request) -> web.Response:
    """Reset the connection; aiohttp finds it closed and drops the answer."""
    if request.transport is not None:
        if (connection := request.transport.get_extra_info("socket")) is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        request.transport.abort()
    return web.Response()
