"""Two messages over one exchange: the second never gets bytes that belong to the answer of the first."""

import pytest

from sqsd_adapters.testing.raw_answers import respond
from sqsd_adapters.testing.raw_worker import RawWorker
from sqsd_adapters.transport.exchange import BadAnswer, Exchange
from tests.support.http_invoker import Transport

pytestmark = pytest.mark.integration

SURPLUS = b"HTTP/1.1 299 Smuggled\r\nContent-Length: 0\r\n\r\n"
FAILURE = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(SURPLUS)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + LENGTH + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n" + LENGTH + b"\r\n",
        b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n" + LENGTH + b"\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    ],
)
async def test_what_follows_an_answer_is_not_the_next_one(transport: Transport, head: bytes) -> None:
    worker = RawWorker(respond(head + SURPLUS), respond(FAILURE))
    async with worker, transport(url=worker.url, connections=1, connect_timeout=5.0) as exchange:
        assert await status_of(exchange) in {200, 204, 304, None}
        assert await status_of(exchange) == 500


async def status_of(exchange: Exchange) -> int | None:
    """The status of the answer; None for one that cannot be read."""
    try:
        return (await exchange.exchange([], b"body")).status
    except BadAnswer:
        return None


@pytest.mark.parametrize("filler", [b"", b"X-Filler: " + b"f" * 1_000 + b"\r\n"], ids=["by number", "by length"])
async def test_interim_answers_come_to_an_end(transport: Transport, filler: bytes) -> None:
    interim = b"HTTP/1.1 102 Processing\r\n" + filler + b"\r\n"
    worker = RawWorker(respond(interim * 3_000 + FAILURE))
    async with worker, transport(url=worker.url, connections=1, connect_timeout=5.0) as exchange:
        with pytest.raises(BadAnswer):
            await exchange.exchange([], b"body")


async def test_a_job_may_say_for_an_hour_that_it_goes_on(transport: Transport) -> None:
    worker = RawWorker(respond(b"HTTP/1.1 102 Processing\r\n\r\n" * 360 + FAILURE))
    async with worker, transport(url=worker.url, connections=1, connect_timeout=5.0) as exchange:
        assert await status_of(exchange) == 500
