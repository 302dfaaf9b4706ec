"""What the parts of the suite share: the fixture that a subclass provides, and calls against a raw worker."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import pytest

from sqsd_adapters.testing.raw_worker import RawWorker
from sqsd_adapters.transport.exchange import MAX_ANSWER, Answer, Exchange

HEADERS = [(b"Content-Type", b"application/json"), (b"X-Aws-Sqsd-Msgid", b"m-1")]
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\n\r\nall there is"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CONNECT_TIMEOUT = 5.0  # seconds


class Transport(Protocol):
    """Makes an exchange for a URL; a class with such a constructor is one."""

    def __call__(
        self, *, url: str, connections: int, connect_timeout: float, method: str = "POST", max_answer: int = MAX_ANSWER
    ) -> AbstractAsyncContextManager[Exchange]: ...


class ExchangeHooks:
    """The fixture that a subclass provides."""

    pytestmark = pytest.mark.asyncio

    @pytest.fixture
    def transport(self) -> Transport:
        """Makes the exchange under test."""
        raise NotImplementedError("provide the fixture `transport`")


@asynccontextmanager
async def exchange_with(
    transport: Transport,
    worker: RawWorker,
    *,
    connections: int = 1,
    method: str = "POST",
    max_answer: int = MAX_ANSWER,
) -> AsyncIterator[Exchange]:
    """Start the worker, and open an exchange with it."""
    async with (
        worker,
        transport(
            url=worker.url,
            connections=connections,
            connect_timeout=CONNECT_TIMEOUT,
            method=method,
            max_answer=max_answer,
        ) as exchange,
    ):
        yield exchange


async def ask(transport: Transport, worker: RawWorker) -> Answer:
    """Send one request and return its answer."""
    async with exchange_with(transport, worker) as exchange:
        return await exchange.exchange(HEADERS, b"body")
