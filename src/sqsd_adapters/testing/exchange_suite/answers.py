"""What the Exchange port promises about the answer: every framing, bad ones, and the cap on its size."""
# ruff: noqa: PLR2004 - the numbers of a suite need no names

import gzip
import tracemalloc
from collections.abc import Callable

import pytest

from sqsd_adapters.testing.exchange_suite.hooks import (
    CHUNKED,
    HEADERS,
    UNTIL_CLOSE,
    ExchangeHooks,
    Transport,
    ask,
    exchange_with,
)
from sqsd_adapters.testing.raw_answers import (
    OK,
    flood,
    half_close,
    respond,
    respond_and_close,
    respond_and_reset,
)
from sqsd_adapters.testing.raw_answers import Answer as Answering
from sqsd_adapters.testing.raw_worker import RawWorker
from sqsd_adapters.transport.exchange import MAX_ANSWER, Answer, BadAnswer, Unanswered


class Answers(ExchangeHooks):
    """Part of ``ExchangeSuite``."""

    async def test_an_answer_has_status_headers_in_lower_case_and_body(self, transport: Transport) -> None:
        answer = await ask(
            transport, RawWorker(respond(b"HTTP/1.1 404 Not Found\r\nX-One:  1 \r\nContent-Length: 2\r\n\r\nno"))
        )
        assert answer == Answer(status=404, headers=[(b"x-one", b"1"), (b"content-length", b"2")], body=b"no")

    async def test_interim_answers_are_skipped(self, transport: Transport) -> None:
        interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-Sqsd-Disposition: delete\r\n\r\n"
        answer = await ask(transport, RawWorker(respond(interim + b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")))
        assert answer == Answer(status=500, headers=[(b"content-length", b"0")], body=b"")

    @pytest.mark.parametrize(
        ("raw", "body"),
        [
            (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
            (CHUNKED + b"1\r\na\r\n2;x=y\r\nbc\r\n0\r\nX-Trailer: t\r\n\r\n", b"abc"),
            (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
            (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
        ],
    )
    async def test_every_framing_of_a_body_is_read(self, transport: Transport, raw: bytes, body: bytes) -> None:
        answer = await ask(transport, RawWorker(respond(raw)))
        assert answer.body == body
        assert b"x-trailer" not in dict(answer.headers)

    @pytest.mark.parametrize("close", [respond_and_close, half_close])
    async def test_the_end_of_the_stream_ends_a_body_without_length(self, transport: Transport, close: object) -> None:
        assert (await ask(transport, RawWorker(close(UNTIL_CLOSE)))).body == b"all there is"  # type: ignore[operator] # one of two functions

    async def test_a_half_closed_connection_still_answers(self, transport: Transport) -> None:
        assert (await ask(transport, RawWorker(half_close(OK)))).status == 200

    async def test_a_redirect_is_an_answer_and_not_followed(self, transport: Transport) -> None:
        worker = RawWorker(
            respond(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/\r\nContent-Length: 0\r\n\r\n")
        )
        assert (await ask(transport, worker)).status == 302
        assert len(worker.requests) == 1

    @pytest.mark.parametrize(
        "raw",
        [
            b"garbage\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Len",
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
            CHUNKED + b"5\r\nhal",
            CHUNKED + b"5\r\nwhole\r\n",
            CHUNKED + b"nonsense\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 99 Odd\r\n\r\n",
            b"HTTP/1.1 20 Odd\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        ],
    )
    async def test_an_unreadable_answer_is_a_bad_answer(self, transport: Transport, raw: bytes) -> None:
        with pytest.raises(BadAnswer):
            await ask(transport, RawWorker(respond_and_close(raw)))

    @pytest.mark.parametrize("begin", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"])
    async def test_a_reset_is_a_bad_answer(self, transport: Transport, begin: bytes) -> None:
        with pytest.raises(BadAnswer):
            await ask(transport, RawWorker(respond_and_reset(begin)))

    @pytest.mark.parametrize("end", [respond_and_close, half_close, respond_and_reset])
    async def test_a_new_connection_that_ends_before_the_answer_begins_is_unanswered(
        self, transport: Transport, end: Callable[[bytes], Answering]
    ) -> None:
        with pytest.raises(Unanswered):
            await ask(transport, RawWorker(end(b"")))

    async def test_a_head_without_end_is_a_bad_answer(self, transport: Transport) -> None:
        line = b"X-Filler: " + b"f" * 1_000 + b"\r\n"
        with pytest.raises(BadAnswer):
            await ask(transport, RawWorker(flood(b"HTTP/1.1 200 OK\r\n", piece=line, times=5_000)))

    async def test_a_body_is_kept_up_to_the_cap_and_the_connection_closed(self, transport: Transport) -> None:
        worker = RawWorker(
            flood(b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n", piece=b"x" * 50_000, times=4_000)
        )
        async with exchange_with(transport, worker) as exchange:
            tracemalloc.start()
            answer = await exchange.exchange(HEADERS, b"")
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            await worker.until(lambda worker: worker.open == 0)
        assert answer.status == 200
        assert answer.body == b"x" * MAX_ANSWER
        assert peak < 8_000_000

    async def test_a_gzip_bomb_is_not_inflated(self, transport: Transport) -> None:
        bomb = gzip.compress(bytes(10_000_000))
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
        assert (await ask(transport, RawWorker(respond(head + bomb)))).body == bomb

    async def test_the_cap_is_a_setting(self, transport: Transport) -> None:
        worker = RawWorker(respond(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000))
        async with exchange_with(transport, worker, max_answer=1_000_000) as exchange:
            assert len((await exchange.exchange(HEADERS, b"")).body) == 100_000
