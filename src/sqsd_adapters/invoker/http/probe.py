"""Whether the worker can be reached again: a health check, or at least a connection."""

import asyncio
import logging
from contextlib import suppress

from sqsd_adapters.transport.address import Address
from sqsd_adapters.transport.exchange import Exchange, ExchangeError

logger = logging.getLogger(__name__)

HEALTHY = range(200, 300)


class HttpProbe:
    """The port ``Probe``: INVOKER_HEALTHCHECK_URL must answer 2xx.

    ``exchange`` is one of the method GET on that URL; whoever opened it closes it.
    """

    def __init__(self, *, exchange: Exchange, timeout: float) -> None:
        self._exchange = exchange
        self._timeout = timeout

    async def probe(self) -> bool:
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._exchange.exchange([], b"")
        except (ExchangeError, TimeoutError) as error:
            logger.info("health check failed", extra={"reason": str(error) or "time-out"})
            return False
        if answer.status in HEALTHY:
            return True
        logger.info("health check failed", extra={"reason": f"status {answer.status}"})
        return False


class ConnectProbe:
    """The port ``Probe``: the worker accepts a connection, over TCP or its unix socket."""

    def __init__(self, *, url: str, timeout: float) -> None:
        self._address = Address.parse(url)
        self._timeout = timeout

    async def probe(self) -> bool:
        try:
            async with asyncio.timeout(self._timeout):
                await self._connect()
        except OSError as error:
            logger.info("the worker accepts no connection", extra={"reason": str(error) or "time-out"})
            return False
        return True

    async def _connect(self) -> None:
        if self._address.socket_path:
            _, writer = await asyncio.open_unix_connection(self._address.socket_path)
        else:
            _, writer = await asyncio.open_connection(self._address.host, self._address.port)
        writer.close()
        # the worker may reset what it accepted; it was there
        with suppress(OSError):
            await writer.wait_closed()
