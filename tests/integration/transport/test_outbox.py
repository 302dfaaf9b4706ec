"""What holds while requests wait for the end of a turn of the loop, on real connections."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from sqsd_adapters.testing.raw_answers import OK, Connection
from sqsd_adapters.testing.raw_worker import RawWorker, body_of
from sqsd_adapters.transport.http11 import Http11Exchange

pytestmark = pytest.mark.integration

SMUGGLED = b"HTTP/1.1 299 Smuggled\r\nContent-Length: 0\r\n\r\n"
SIDE_BY_SIDE = 8


@asynccontextmanager
async def warm_exchange(worker: RawWorker) -> AsyncIterator[Http11Exchange]:
    """Open an exchange that keeps ``SIDE_BY_SIDE`` connections alive already."""
    async with worker, Http11Exchange(url=worker.url, connections=SIDE_BY_SIDE, connect_timeout=5.0) as exchange:
        for _ in range(2):
            await exchange.exchange([], b"warm-up")
        await call(exchange, [b"warm-up"] * SIDE_BY_SIDE)
        worker.requests.clear()
        yield exchange


async def call(exchange: Http11Exchange, bodies: list[bytes]) -> list[int]:
    answers = await asyncio.gather(*(exchange.exchange([], body) for body in bodies))
    return [answer.status for answer in answers]


async def answer_and_close(connection: Connection) -> None:
    """Let the answer and the end of the stream arrive together."""
    descriptor = connection.writer.get_extra_info("socket").fileno()
    os.write(descriptor, OK)
    with socket.socket(fileno=os.dup(descriptor)) as sending:
        sending.shutdown(socket.SHUT_WR)
    await connection.until_closed()


@pytest.mark.parametrize("side_by_side", [1, SIDE_BY_SIDE])
async def test_a_close_that_arrives_with_the_answer_loses_no_request(side_by_side: int) -> None:
    async def call_often() -> None:
        for _ in range(10):
            assert (await exchange.exchange([], b"")).status == 200

    async with (
        RawWorker(answer_and_close) as worker,
        Http11Exchange(url=worker.url, connections=SIDE_BY_SIDE, connect_timeout=5.0) as exchange,
    ):
        await asyncio.gather(*(call_often() for _ in range(side_by_side)))
    assert len(worker.requests) == worker.connections == 10 * side_by_side


@pytest.mark.parametrize("side_by_side", [1, SIDE_BY_SIDE])
async def test_what_arrives_before_the_end_of_the_turn_is_no_answer(side_by_side: int) -> None:
    accepted: list[Connection] = []

    async def keep(connection: Connection) -> None:
        if connection not in accepted:
            accepted.append(connection)
        await connection.send(OK)

    worker = RawWorker(keep)
    bodies = [b"%d" % number for number in range(side_by_side)]
    async with warm_exchange(worker) as exchange:
        for connection in accepted[::2]:
            with suppress(OSError):  # the first ones are closed
                os.write(connection.writer.get_extra_info("socket").fileno(), SMUGGLED)
        # the loop has had no turn since
        assert await call(exchange, bodies) == [200] * side_by_side
    assert sorted(map(body_of, worker.requests)) == bodies


async def test_a_call_that_is_cancelled_before_the_end_of_the_turn_is_not_sent() -> None:
    worker = RawWorker()
    async with warm_exchange(worker) as exchange:
        calls = [asyncio.create_task(exchange.exchange([], body)) for body in (b"a", b"b", b"c")]
        await asyncio.sleep(0)  # they have begun
        calls[1].cancel()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(results[1], asyncio.CancelledError)
        assert await call(exchange, [b"d"] * SIDE_BY_SIDE) == [200] * SIDE_BY_SIDE
    sent = [body_of(request) for request in worker.requests]
    assert sent == [b"a", b"c", *[b"d"] * SIDE_BY_SIDE]
