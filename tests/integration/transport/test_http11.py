"""What the lean transport promises beyond the conformance suite."""

import asyncio
import os
import socket
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sqsd_adapters.testing.raw_answers import (
    OK,
    Connection,
    drip,
    respond,
    respond_and_reset_at_next_request,
    stay_silent,
)
from sqsd_adapters.testing.raw_worker import RawWorker, body_of, refusing_port
from sqsd_adapters.transport.exchange import Answer, BadAnswer, Dropped, NotConnected
from sqsd_adapters.transport.http11 import Http11Exchange
from sqsd_adapters.transport.tls import Tls
from tests.support.certificates import Authority
from tests.support.command import until

pytestmark = pytest.mark.integration

SMUGGLED = b"HTTP/1.1 299 Smuggled\r\nContent-Length: 0\r\n\r\n"


@asynccontextmanager
async def exchange_with(worker: RawWorker) -> AsyncIterator[Http11Exchange]:
    async with worker, Http11Exchange(url=worker.url, connections=1, connect_timeout=5.0) as exchange:
        yield exchange


async def test_a_connection_is_kept_alive() -> None:
    worker = RawWorker()
    async with exchange_with(worker) as exchange:
        for _ in range(5):
            await exchange.exchange([], b"body")
    assert worker.connections == 1


async def test_an_encrypted_connection_is_kept_alive(authority: Authority) -> None:
    tls = Tls(ca_file=str(authority.ca_file))
    async with (
        RawWorker(tls=authority.server_context()) as worker,
        Http11Exchange(url=worker.url, connections=1, connect_timeout=5.0, tls=tls) as exchange,
    ):
        for _ in range(3):
            assert (await exchange.exchange([], bytes(1_000_000))).status == 200
    assert worker.connections == 1


async def test_a_connection_that_was_idle_too_long_is_not_used_again() -> None:
    async with (
        RawWorker() as worker,
        Http11Exchange(url=worker.url, connections=1, connect_timeout=5.0, keep_alive=0.0) as exchange,
    ):
        await exchange.exchange([], b"first")
        await exchange.exchange([], b"second")
    assert worker.connections == 2


async def test_a_request_whose_connection_closes_meanwhile_is_dropped_and_not_sent_again() -> None:
    worker = RawWorker(respond_and_reset_at_next_request(), respond())
    async with exchange_with(worker) as exchange:
        await exchange.exchange([], b"first")
        with pytest.raises(Dropped):
            await exchange.exchange([], b"second")
    assert worker.connections == 1


async def test_after_a_connection_was_dropped_none_is_used_again() -> None:
    worker = RawWorker(respond_and_reset_at_next_request(), respond())
    async with exchange_with(worker) as exchange:
        await exchange.exchange([], b"first")
        with pytest.raises(Dropped):
            await exchange.exchange([], b"second")
        for _ in range(3):
            assert (await exchange.exchange([], b"")).status == 200
    assert worker.connections == 4


async def test_of_many_answers_that_are_followed_by_a_close_one_is_lost_at_most() -> None:
    dropped = 0
    async with (
        RawWorker(respond_and_reset_at_next_request()) as worker,
        Http11Exchange(url=worker.url, connections=8, connect_timeout=5.0) as exchange,
    ):
        for _ in range(10):
            results = await asyncio.gather(*(exchange.exchange([], b"") for _ in range(8)), return_exceptions=True)
            dropped += sum(isinstance(result, Dropped) for result in results)
            assert all(isinstance(result, Dropped | Answer) for result in results)
    assert dropped == 1


async def test_two_callers_of_one_connection_are_served_in_turn() -> None:
    async def call_often(name: str) -> None:
        for _ in range(20):
            await exchange.exchange([], b"")
            served.append(name)

    served: list[str] = []
    async with exchange_with(RawWorker()) as exchange, asyncio.TaskGroup() as group:
        group.create_task(call_often("a"))
        group.create_task(call_often("b"))
    assert served[:20].count("a") == served[:20].count("b")


@pytest.mark.parametrize("surplus", [SMUGGLED, b"H", b"garbage"])
async def test_what_follows_an_answer_is_not_the_next_one(surplus: bytes) -> None:
    worker = RawWorker(respond(OK + surplus), respond())
    async with exchange_with(worker) as exchange:
        assert (await exchange.exchange([], b"first")).status == 200
        assert (await exchange.exchange([], b"second")).status == 200
    assert worker.connections == 2


async def test_an_answer_to_no_request_closes_the_connection() -> None:
    async def answer_twice(connection: Connection) -> None:
        await connection.send(OK)
        await asyncio.sleep(0.01)
        await connection.send(SMUGGLED)

    worker = RawWorker(answer_twice, respond())
    async with exchange_with(worker) as exchange:
        assert (await exchange.exchange([], b"first")).status == 200
        await worker.until(lambda worker: worker.open == 0)
        assert (await exchange.exchange([], b"second")).status == 200
    assert worker.connections == 2


async def test_an_answer_that_the_loop_has_not_read_yet_is_not_taken_for_the_next_one() -> None:
    accepted: list[Connection] = []

    async def keep(connection: Connection) -> None:
        accepted.append(connection)
        await connection.send(OK)

    worker = RawWorker(keep)
    async with exchange_with(worker) as exchange:
        assert (await exchange.exchange([], b"first")).status == 200
        os.write(accepted[0].writer.get_extra_info("socket").fileno(), SMUGGLED)
        # the loop has had no turn since
        assert (await exchange.exchange([], b"second")).status == 200
    assert [body_of(request) for request in worker.requests] == [b"first", b"second"]


async def test_an_early_answer_ends_a_request_that_is_still_being_sent() -> None:
    async def refuse_early(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
        await asyncio.Event().wait()

    worker = RawWorker(refuse_early, respond(), reads_bodies=False)
    async with exchange_with(worker) as exchange:
        assert (await exchange.exchange([], bytes(33_554_432))).status == 413
        assert (await exchange.exchange([], b"")).status == 200
    assert worker.connections == 2


async def test_a_body_that_the_worker_does_not_read_is_not_copied() -> None:
    body = bytes(33_554_432)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        async with Http11Exchange(url=url, connections=1, connect_timeout=5.0) as exchange:
            tracemalloc.start()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await exchange.exchange([], body)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
    assert peak < 1_000_000


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_failures_of_all_kinds_leave_no_descriptor_behind() -> None:
    garbage = respond(b"garbage\r\n\r\n")
    with refusing_port() as port:
        async with (
            RawWorker(stay_silent()) as silent,
            RawWorker(garbage) as broken,
            Http11Exchange(url=silent.url, connections=1, connect_timeout=5.0) as cancelled,
            Http11Exchange(url=broken.url, connections=1, connect_timeout=5.0) as failing,
            Http11Exchange(url=f"http://127.0.0.1:{port}", connections=1, connect_timeout=5.0) as refused,
        ):
            before = open_descriptors()
            for _ in range(50):
                with pytest.raises(NotConnected):
                    await refused.exchange([], b"")
                with pytest.raises(BadAnswer):
                    await failing.exchange([], b"")
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.002):
                        await cancelled.exchange([], b"")
            await silent.until(lambda worker: worker.open == 0)
            await broken.until(lambda worker: worker.open == 0)
            # the workers are in this process, and may accept a connection when its client has left
            await until(lambda: open_descriptors() <= before + 1)


@pytest.mark.parametrize("value", [b"a\r\nX-Evil: 1", b"a\nX-Evil: 1", b"\n"])
async def test_a_header_with_a_line_break_is_never_sent(value: bytes) -> None:
    worker = RawWorker()
    async with exchange_with(worker) as exchange:
        with pytest.raises(ValueError, match="line break"):
            await exchange.exchange([(b"X-One", value)], b"")
    assert worker.requests == []


async def test_a_target_with_a_line_break_is_never_sent() -> None:
    worker = RawWorker()
    async with exchange_with(worker) as exchange:
        with pytest.raises(ValueError, match="line break"):
            await exchange.exchange([], b"", target=b"/a HTTP/1.1\r\nX-Evil: 1")
    assert worker.requests == []


async def test_an_answer_drips_in_and_is_read_all_the_same() -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    async with exchange_with(RawWorker(drip(raw, interval=0.0))) as exchange:
        for _ in range(2):
            assert (await exchange.exchange([], b"")).body == b"abc"
