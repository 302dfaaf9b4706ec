"""What the Exchange port promises about connections: their number, their end, cancelled calls, and none at all."""
# ruff: noqa: PLR2004 - the numbers of a suite need no names

import asyncio
from pathlib import Path

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
    drip,
    respond,
    respond_and_close,
    respond_and_reset,
    stay_silent,
)
from sqsd_adapters.testing.raw_worker import RawWorker, body_of, header_lines, refusing_port
from sqsd_adapters.transport.exchange import BadAnswer, NotConnected


class Connections(ExchangeHooks):
    """Part of ``ExchangeSuite``."""

    @pytest.mark.parametrize(
        "raw",
        [
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        ],
    )
    async def test_a_connection_that_the_worker_gives_up_is_closed(self, transport: Transport, raw: bytes) -> None:
        worker = RawWorker(respond(raw))
        async with exchange_with(transport, worker) as exchange:
            await exchange.exchange(HEADERS, b"")
            await exchange.exchange(HEADERS, b"")
        assert worker.connections == 2

    @pytest.mark.parametrize("close", [respond_and_close, respond_and_reset])
    async def test_a_connection_that_the_worker_closed_is_not_used_again(
        self, transport: Transport, close: object
    ) -> None:
        worker = RawWorker(close(OK), respond())  # type: ignore[operator] # one of two functions
        async with exchange_with(transport, worker) as exchange:
            await exchange.exchange(HEADERS, b"first")
            await worker.until(lambda worker: worker.open == 0)
            assert (await exchange.exchange(HEADERS, b"second")).status == 200
        assert [body_of(request) for request in worker.requests] == [b"first", b"second"]

    async def test_after_a_bad_answer_the_next_request_gets_its_own(self, transport: Transport) -> None:
        worker = RawWorker(respond(b"garbage\r\n\r\n"), respond())
        async with exchange_with(transport, worker) as exchange:
            with pytest.raises(BadAnswer):
                await exchange.exchange(HEADERS, b"first")
            assert (await exchange.exchange(HEADERS, b"second")).status == 200
        assert worker.connections == 2

    async def test_no_more_connections_are_opened_than_allowed(self, transport: Transport) -> None:
        together = asyncio.Barrier(3)

        async def answer_three_at_a_time(connection: Connection) -> None:
            await together.wait()
            await connection.send(OK)

        worker = RawWorker(answer_three_at_a_time)
        async with exchange_with(transport, worker, connections=3) as exchange:
            answers = await asyncio.gather(*(exchange.exchange(HEADERS, b"") for _ in range(12)))
        assert {answer.status for answer in answers} == {200}
        assert worker.most_open == 3

    async def test_leaving_closes_every_connection(self, transport: Transport) -> None:
        async with RawWorker() as worker:
            async with transport(url=worker.url, connections=3, connect_timeout=5.0) as exchange:
                await asyncio.gather(*(exchange.exchange(HEADERS, b"") for _ in range(3)))
            await worker.until(lambda worker: worker.open == 0)

    @pytest.mark.parametrize(
        "answer",
        [
            stay_silent(),
            drip(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 100, interval=0.01),
            drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000, interval=0.01),
        ],
        ids=["silent", "drips its head", "drips its body"],
    )
    async def test_a_cancelled_call_closes_its_connection(self, transport: Transport, answer: object) -> None:
        worker = RawWorker(answer, respond())  # type: ignore[arg-type] # parametrize knows no types
        async with exchange_with(transport, worker) as exchange:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.15):
                    await exchange.exchange(HEADERS, b"slow")
            await worker.until(lambda worker: worker.open == 0)
            assert (await exchange.exchange(HEADERS, b"next")).status == 200

    async def test_a_call_that_waits_for_a_connection_can_be_cancelled(self, transport: Transport) -> None:
        release = asyncio.Event()

        async def answer_when_released(connection: Connection) -> None:
            await release.wait()
            await connection.send(OK)

        worker = RawWorker(answer_when_released)
        async with exchange_with(transport, worker) as exchange, asyncio.TaskGroup() as group:
            first = group.create_task(exchange.exchange(HEADERS, b"first"), name="first")
            await worker.until(lambda worker: len(worker.requests) == 1)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await exchange.exchange(HEADERS, b"second")
            release.set()
            assert (await first).status == 200
            assert (await exchange.exchange(HEADERS, b"third")).status == 200
        assert [body_of(request) for request in worker.requests] == [b"first", b"third"]

    async def test_a_refused_connection_is_not_connected(self, transport: Transport) -> None:
        with refusing_port() as port:
            async with transport(url=f"http://127.0.0.1:{port}", connections=1, connect_timeout=5.0) as exchange:
                with pytest.raises(NotConnected, match="connection refused"):
                    await exchange.exchange(HEADERS, b"")

    async def test_an_unknown_name_is_not_connected(self, transport: Transport) -> None:
        async with transport(url="http://worker.invalid/", connections=1, connect_timeout=5.0) as exchange:
            with pytest.raises(NotConnected, match="name not found"):
                await exchange.exchange(HEADERS, b"")

    async def test_a_missing_unix_socket_is_not_connected(self, transport: Transport) -> None:
        url = "http+unix://%2Fnonexistent%2Fworker.sock/"
        async with transport(url=url, connections=1, connect_timeout=5.0) as exchange:
            with pytest.raises(NotConnected):
                await exchange.exchange(HEADERS, b"")

    async def test_a_message_of_ours_is_never_shown_in_an_error(self, transport: Transport) -> None:
        with pytest.raises(BadAnswer) as caught:
            await ask(transport, RawWorker(respond_and_close(b"secret of the worker\r\n\r\n")))
        assert "secret" not in str(caught.value)

    async def test_a_worker_on_a_unix_socket_is_reached(self, transport: Transport, tmp_path: Path) -> None:
        worker = RawWorker(socket_path=tmp_path / "worker.sock")
        async with exchange_with(transport, worker) as exchange:
            assert (await exchange.exchange(HEADERS, b"body")).status == 200
        assert worker.requests[0].startswith(b"POST /jobs HTTP/1.1\r\n")
        assert b"Host: localhost" in header_lines(worker.requests[0])
