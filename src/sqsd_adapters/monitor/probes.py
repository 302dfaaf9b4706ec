"""HTTP probes and metrics: /livez, /readyz and /metrics, read-only and bounded like the gRPC monitor."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, Self

from aiohttp import web
from aiohttp.http import HttpProcessingError

from sqsd_adapters.monitor.address import cannot_listen
from sqsd_adapters.monitor.exposition import Exposition
from sqsd_adapters.monitor.fresh import Remote
from sqsd_adapters.monitor.pace import Pace
from sqsd_adapters.monitor.places import Places
from sqsd_core.policy.liveness import Liveness
from sqsd_core.policy.scoreboard import Snapshot
from sqsd_core.ports.monitor import Monitor

logger = logging.getLogger(__name__)

REQUESTS_PER_SECOND = 50
MAX_CONNECTIONS = 32
MAX_CONNECTIONS_OF_PEER = 16
LIFE = 10.0  # seconds that a connection lasts, whatever it sends; it carries one request
SHUTDOWN_TIMEOUT = 0.25  # seconds; every answer is ready at once


class Probes:
    """Answers probes while it is open.

    Opening raises AddressInUse for a taken port and ConfigurationError for an address that is not ours. There is no
    TLS and no token: probes carry neither, and learn no more than counts.
    """

    def __init__(
        self, *, monitor: Monitor, liveness: Callable[[], Liveness] = Liveness, host: str = "127.0.0.1", port: int
    ) -> None:
        self._monitor = monitor
        self._host = host
        self._port = port
        self._exposition = Exposition(monitor=monitor)
        self._new_liveness = liveness
        #: by the numbers of the processes; 0 is this one
        self._liveness: dict[int, Liveness] = {}
        self._alive = True
        self._pace = Pace(rate=REQUESTS_PER_SECOND, burst=2 * REQUESTS_PER_SECOND)

    @property
    def port(self) -> int:
        """The port; where 0 was asked for, the one that was found, once open."""
        return self._port

    async def __aenter__(self) -> Self:
        self._http = _CappedServer(
            self._answer_and_close,
            logger=_http_logger(),
            access_log=None,
            keepalive_timeout=0,
            lingering_time=0,
        )
        loop = asyncio.get_running_loop()
        try:
            self._listener = await loop.create_server(self._http, self._host, self._port)
        except OSError as error:
            raise cannot_listen(error, host=self._host, port=self._port, variables="PROBE") from error
        self._port = self._listener.sockets[0].getsockname()[1]
        logger.info("probes listening", extra={"host": self._host, "port": self._port})
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()
        await self._http.shutdown(SHUTDOWN_TIMEOUT)
        await self._listener.wait_closed()

    async def _answer_and_close(self, request: web.BaseRequest) -> web.StreamResponse:
        answer = await self._answer(request)
        answer.force_close()
        return answer

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        await self._pace.turn()  # so few connections never wait long enough to be refused
        if request.method not in {"GET", "HEAD"}:
            return web.Response(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD"})
        if isinstance(self._monitor, Remote):
            await self._monitor.refresh()
        match request.path:
            case "/livez":
                return self._aliveness()
            case "/readyz":
                return _readiness(self._monitor.snapshot())
            case "/metrics":
                body, content_type = self._exposition.answer(", ".join(request.headers.getall("Accept", ())))
                return web.Response(body=body, headers={"Content-Type": content_type})
            case _:
                return web.Response(status=HTTPStatus.NOT_FOUND, text="/livez, /readyz, /metrics\n")

    def _reasons_to_restart(self) -> Iterator[str]:
        """Judge each process by itself: the sum would show a slot of one beside a message of another."""
        now, depths = asyncio.get_running_loop().time(), self._monitor.depths()
        parts = self._monitor.parts() if isinstance(self._monitor, Remote) else {0: self._monitor.snapshot()}
        self._liveness = {number: self._liveness.get(number) or self._new_liveness() for number in parts}
        for number, snapshot in parts.items():
            found = self._liveness[number].look(snapshot, depths=depths, now=now)
            yield from (f"process {number}: {each}" if number else each for each in found)

    def _aliveness(self) -> web.Response:
        why = "; ".join(self._reasons_to_restart())
        if self._alive and why:  # a supervisor ends the process soon, and only the log then says why
            logger.error("not alive", extra={"reason": why})
        self._alive = not why
        if not why:
            return web.Response(text="alive\n")
        return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text=f"not alive: {why}\n")


class _CappedServer(web.Server):
    """Ends a connection after its life, and the oldest one where there are too many."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - aiohttp's own
        super().__init__(*args, **kwargs)
        self._places: Places[asyncio.Transport] = Places(most=MAX_CONNECTIONS, most_of_peer=MAX_CONNECTIONS_OF_PEER)
        self._lives: dict[web.RequestHandler, tuple[asyncio.Transport, asyncio.TimerHandle]] = {}

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        loop = asyncio.get_running_loop()
        self._lives[handler] = transport, loop.call_later(LIFE, transport.abort)
        peer = transport.get_extra_info("peername")
        leaving = self._places.enter(transport, peer[0] if peer else "")
        if leaving is not None:
            leaving.abort()

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        transport, end_of_life = self._lives.pop(handler)
        end_of_life.cancel()
        self._places.leave(transport)


def unready_reason(snapshot: Snapshot) -> str:
    """Every reason why the daemon is not ready, in fixed sentences: no address and nothing that a peer said."""
    reasons = [closure.sentence for closure in snapshot.closures if not closure.healthy]
    return "; ".join(reasons) or "not receiving"


def _readiness(snapshot: Snapshot) -> web.Response:
    if snapshot.ready:
        return web.Response(text="ready\n")
    return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text=f"not ready: {unready_reason(snapshot)}\n")


def _http_logger() -> logging.Logger:
    # aiohttp logs a stranger's malformed request as an error, with a traceback; a failure of ours stays one.
    http_logger = logging.getLogger(f"{__name__}.http")
    http_logger.addFilter(_is_ours)
    return http_logger


def _is_ours(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))
