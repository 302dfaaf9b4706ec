"""What the Exchange port promises about the request."""
# ruff: noqa: PLR2004 - the numbers of a suite need no names

import asyncio
from base64 import b64encode

import pytest

from sqsd_adapters.testing.exchange_suite.hooks import (
    HEADERS,
    ExchangeHooks,
    Transport,
    ask,
    exchange_with,
)
from sqsd_adapters.testing.raw_answers import (
    OK,
    Connection,
    respond,
)
from sqsd_adapters.testing.raw_worker import RawWorker, body_of, header_lines, refusing_port
from sqsd_adapters.transport.exchange import RequestHeaders, block


class Requests(ExchangeHooks):
    """Part of ``ExchangeSuite``."""

    @pytest.mark.parametrize("headers", [HEADERS, block(HEADERS)], ids=["pairs", "block"])
    async def test_a_request_carries_headers_and_body_as_given(
        self, transport: Transport, headers: RequestHeaders
    ) -> None:
        worker = RawWorker()
        async with exchange_with(transport, worker) as exchange:
            await exchange.exchange(headers, b"body")
        [request] = worker.requests
        assert request.startswith(b"POST /jobs HTTP/1.1\r\n")
        # a transport that keeps no connection alive says so
        assert sorted(set(header_lines(request)) - {b"Connection: close"}) == [
            b"Accept-Encoding: identity",
            b"Content-Length: 4",
            b"Content-Type: application/json",
            b"Host: 127.0.0.1:%d" % worker.port,
            b"X-Aws-Sqsd-Msgid: m-1",
        ]
        assert body_of(request) == b"body"

    @pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 1_048_576])
    async def test_a_body_of_any_size_arrives_byte_for_byte(self, transport: Transport, size: int) -> None:
        body = bytes(range(256)) * (size // 256 + 1)
        worker = RawWorker()
        async with exchange_with(transport, worker) as exchange:
            await exchange.exchange(HEADERS, body[:size])
        assert body_of(worker.requests[0]) == body[:size]

    async def test_a_body_waits_for_a_worker_that_reads_slowly(self, transport: Transport) -> None:
        async def read_slowly(connection: Connection) -> None:
            left = len(body)
            while left:
                left -= len(await connection.reader.read(65_536))
                await asyncio.sleep(0)
            await connection.send(OK)

        body = b"x" * 8_388_608
        async with exchange_with(transport, RawWorker(read_slowly, reads_bodies=False)) as exchange:
            answer = await exchange.exchange(HEADERS, body)
        assert answer.status == 200

    async def test_a_get_has_no_body(self, transport: Transport) -> None:
        worker = RawWorker()
        async with exchange_with(transport, worker, method="GET") as exchange:
            await exchange.exchange([], b"")
        assert worker.requests[0].startswith(b"GET /jobs HTTP/1.1\r\n")
        assert not any(line.lower().startswith(b"content-length") for line in header_lines(worker.requests[0]))

    async def test_user_and_password_of_the_url_become_authorization(self, transport: Transport) -> None:
        async with RawWorker() as worker:
            url = f"http://us%40er:p%3Ass@127.0.0.1:{worker.port}/"
            async with transport(url=url, connections=1, connect_timeout=5.0) as exchange:
                await exchange.exchange(HEADERS, b"")
        assert b"Authorization: Basic " + b64encode(b"us@er:p:ss") in header_lines(worker.requests[0])

    async def test_path_and_query_are_sent_as_the_url_has_them(self, transport: Transport) -> None:
        async with RawWorker() as worker:
            url = f"http://127.0.0.1:{worker.port}/a%2Fb/%7Ec//d/../e?x=1&y=%20z"
            async with transport(url=url, connections=1, connect_timeout=5.0) as exchange:
                await exchange.exchange(HEADERS, b"")
        assert worker.requests[0].startswith(b"POST /a%2Fb/%7Ec//d/../e?x=1&y=%20z HTTP/1.1\r\n")

    async def test_a_request_may_have_a_target_of_its_own(self, transport: Transport) -> None:
        worker = RawWorker()
        async with exchange_with(transport, worker) as exchange:
            await exchange.exchange(HEADERS, b"1", target=b"/mails?x=1")
            await exchange.exchange(HEADERS, b"2")
        lines = [(request.partition(b"\r\n")[0], body_of(request)) for request in worker.requests]
        assert lines == [(b"POST /mails?x=1 HTTP/1.1", b"1"), (b"POST /jobs HTTP/1.1", b"2")]

    async def test_the_proxies_of_the_environment_are_ignored(
        self, transport: Transport, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with refusing_port() as port:
            monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
            monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{port}")
            assert (await ask(transport, RawWorker())).status == 200

    async def test_a_cookie_is_not_sent_back(self, transport: Transport) -> None:
        worker = RawWorker(respond(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"))
        async with exchange_with(transport, worker) as exchange:
            await exchange.exchange(HEADERS, b"")
            await exchange.exchange(HEADERS, b"")
        assert b"cookie" not in worker.requests[1].lower()
