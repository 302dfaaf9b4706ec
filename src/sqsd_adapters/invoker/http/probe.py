"""Probes of the worker: a health check, or a connection."""

import asyncio
import logging
import socket

from sqsd_adapters.transport.address import Address
from sqsd_adapters.transport.dialer import Dialer
from sqsd_adapters.transport.exchange import Exchange, ExchangeError
from sqsd_adapters.transport.failures import why_not_connected
from sqsd_core.flow.troubles import Troubles, about
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.invoker import Probe

logger = logging.getLogger(__name__)

HEALTHY = range(200, 300)
WATCHED = 0.2  # seconds in which a proxy without a worker behind it closes what it accepted


class Failures:
    """One line per minute, and each failed probe at debug."""

    def __init__(self, event: str, *, clock: Clock, label: str) -> None:
        self._event = event
        self._about = about(worker=label)
        self._troubles = Troubles(clock=clock, about=self._about)

    def note(self, reason: str) -> None:
        self._troubles.note(self._event, level=logging.INFO, reason=reason)
        logger.debug("probe failed", extra={**self._about, "reason": reason})


class HttpProbe:
    """The port ``Probe``: INVOKER_HEALTHCHECK_URL must answer 2xx, and ``worker`` must be reachable too.

    A health check on a port of its own may answer while the worker does not. ``exchange`` is one of the method GET
    on that URL; the one who opened it closes it.
    """

    def __init__(
        self, *, exchange: Exchange, timeout: float, clock: Clock, worker: Probe | None = None, label: str = ""
    ) -> None:
        """``label`` is the name of the worker's table, for the log."""
        self._exchange = exchange
        self._failures = Failures("health check failed", clock=clock, label=label)
        self._timeout = timeout
        self._worker = worker

    async def probe(self) -> bool:
        return await self._is_healthy() and (self._worker is None or await self._worker.probe())

    async def _is_healthy(self) -> bool:
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._exchange.exchange([], b"")
        except (ExchangeError, TimeoutError) as error:
            return self._failed(str(error) or "time-out")
        return answer.status in HEALTHY or self._failed(f"status {answer.status}")

    def _failed(self, reason: str) -> bool:
        self._failures.note(reason)
        return False


class ConnectProbe:
    """The port ``Probe``: the worker accepts a connection, over TCP or its unix socket, and waits for a request."""

    def __init__(self, *, url: str, timeout: float, clock: Clock, label: str = "") -> None:
        """``label`` is the name of the worker's table, for the log."""
        self._dialer = Dialer(address=Address.parse(url), timeout=timeout)
        self._timeout = timeout
        self._failures = Failures("the worker accepts no connection", clock=clock, label=label)

    async def probe(self) -> bool:
        reason = await self._why_not()
        if reason:
            self._failures.note(reason)
        return not reason

    async def _why_not(self) -> str:
        try:
            async with asyncio.timeout(self._timeout):
                connected = await self._dialer.connect()
        except OSError as error:
            return why_not_connected(error)
        with connected:
            return "" if await _stays_quiet(connected) else "it closed the connection, or spoke, before it was asked"


async def _stays_quiet(connected: socket.socket) -> bool:
    try:
        async with asyncio.timeout(WATCHED):
            await asyncio.get_running_loop().sock_recv(connected, 1)
    except TimeoutError:
        return True
    except OSError:
        return False
    return False
