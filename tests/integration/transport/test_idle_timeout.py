"""INVOKER_IDLE_TIMEOUT and INVOKER_CONNECTION_MAX_AGE, over real connections."""

import asyncio

import pytest

from sqsd_adapters.testing.raw_answers import OK, drip, stay_silent
from sqsd_adapters.testing.raw_worker import RawWorker
from sqsd_adapters.transport.exchange import Silent
from sqsd_adapters.transport.http11 import Http11Exchange
from tests.support.http_invoker import Transport

pytestmark = pytest.mark.integration


async def test_a_worker_that_sends_nothing_ends_the_exchange(transport: Transport) -> None:
    async with (
        RawWorker(stay_silent()) as worker,
        transport(url=worker.url, connections=1, connect_timeout=5.0, idle_timeout=0.3) as exchange,
    ):
        async with asyncio.timeout(10):
            with pytest.raises(Silent, match=r"the worker sent no byte for 0.3 s"):
                await exchange.exchange([], b"body")


async def test_a_worker_that_stops_in_the_middle_of_its_answer_ends_the_exchange(transport: Transport) -> None:
    async def half(connection: object) -> None:
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")  # type: ignore[attr-defined]
        await connection.until_closed()  # type: ignore[attr-defined]

    async with (
        RawWorker(half) as worker,
        transport(url=worker.url, connections=1, connect_timeout=5.0, idle_timeout=0.3) as exchange,
    ):
        async with asyncio.timeout(10):
            with pytest.raises(Silent, match=r"no byte for 0.3 s"):
                await exchange.exchange([], b"body")


async def test_a_worker_that_sends_a_byte_now_and_then_may_take_longer(transport: Transport) -> None:
    async with (
        RawWorker(drip(OK, interval=0.05)) as worker,
        transport(url=worker.url, connections=1, connect_timeout=5.0, idle_timeout=1.0) as exchange,
    ):
        assert len(OK) * 0.05 > 1.0
        assert (await exchange.exchange([], b"body")).status == 200


async def test_a_connection_is_not_used_again_beyond_its_age() -> None:
    async with (
        RawWorker() as worker,
        Http11Exchange(url=worker.url, connections=1, connect_timeout=5.0, max_age=0.3) as exchange,
    ):
        for _ in range(3):
            await exchange.exchange([], b"body")
        before = worker.connections
        await asyncio.sleep(0.4)
        await exchange.exchange([], b"body")
        assert worker.connections == before + 1
