"""What every answer to the port ``Exchange`` keeps to; rows 7 to 10 of the fault matrix."""

import asyncio
import gzip
import socket
import ssl
import tracemalloc
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.transport.exchange import MAX_ANSWER, Answer, BadAnswer, Exchange, NotConnected, Unanswered
from sqsd_adapters.transport.tls import Tls
from tests.support.certificates import Authority
from tests.support.http_invoker import Transport
from tests.support.raw_worker import (
    OK,
    Connection,
    RawWorker,
    body_of,
    drip,
    flood,
    half_close,
    header_lines,
    refusing_port,
    respond,
    respond_and_close,
    respond_and_reset,
    stay_silent,
)
from tests.support.raw_worker import Answer as Answering

pytestmark = pytest.mark.integration

HEADERS = [(b"Content-Type", b"application/json"), (b"X-Aws-Sqsd-Msgid", b"m-1")]
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\n\r\nall there is"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@asynccontextmanager
async def exchange_with(
    transport: Transport,
    worker: RawWorker,
    *,
    connections: int = 1,
    tls: Tls | None = None,
    method: str = "POST",
    max_answer: int = MAX_ANSWER,
) -> AsyncIterator[Exchange]:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(worker)
        exchange = transport(
            url=worker.url,
            connections=connections,
            connect_timeout=5.0,
            tls=tls or Tls(),
            method=method,
            max_answer=max_answer,
        )
        yield await stack.enter_async_context(exchange)


async def ask(transport: Transport, worker: RawWorker) -> Answer:
    async with exchange_with(transport, worker) as exchange:
        return await exchange.exchange(HEADERS, b"body")


# The request


async def test_a_request_carries_headers_and_body_as_given(transport: Transport) -> None:
    worker = RawWorker()
    async with exchange_with(transport, worker) as exchange:
        await exchange.exchange(HEADERS, b"body")
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
async def test_a_body_of_any_size_arrives_byte_for_byte(transport: Transport, size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    worker = RawWorker()
    async with exchange_with(transport, worker) as exchange:
        await exchange.exchange(HEADERS, body[:size])
    assert body_of(worker.requests[0]) == body[:size]


async def test_a_body_waits_for_a_worker_that_reads_slowly(transport: Transport) -> None:
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


async def test_a_get_has_no_body(transport: Transport) -> None:
    worker = RawWorker()
    async with exchange_with(transport, worker, method="GET") as exchange:
        await exchange.exchange([], b"")
    assert worker.requests[0].startswith(b"GET /jobs HTTP/1.1\r\n")
    assert not any(line.lower().startswith(b"content-length") for line in header_lines(worker.requests[0]))


async def test_user_and_password_of_the_url_become_authorization(transport: Transport) -> None:
    async with RawWorker() as worker:
        url = f"http://us%40er:p%3Ass@127.0.0.1:{worker.port}/"
        async with transport(url=url, connections=1, connect_timeout=5.0) as exchange:
            await exchange.exchange(HEADERS, b"")
    assert b"Authorization: Basic " + b64encode(b"us@er:p:ss") in header_lines(worker.requests[0])


async def test_path_and_query_are_sent_as_the_url_has_them(transport: Transport) -> None:
    async with RawWorker() as worker:
        url = f"http://127.0.0.1:{worker.port}/a%2Fb/%7Ec//d/../e?x=1&y=%20z"
        async with transport(url=url, connections=1, connect_timeout=5.0) as exchange:
            await exchange.exchange(HEADERS, b"")
    assert worker.requests[0].startswith(b"POST /a%2Fb/%7Ec//d/../e?x=1&y=%20z HTTP/1.1\r\n")


async def test_a_request_may_have_a_target_of_its_own(transport: Transport) -> None:
    worker = RawWorker()
    async with exchange_with(transport, worker) as exchange:
        await exchange.exchange(HEADERS, b"1", target=b"/mails?x=1")
        await exchange.exchange(HEADERS, b"2")
    lines = [(request.partition(b"\r\n")[0], body_of(request)) for request in worker.requests]
    assert lines == [(b"POST /mails?x=1 HTTP/1.1", b"1"), (b"POST /jobs HTTP/1.1", b"2")]


async def test_the_proxies_of_the_environment_are_ignored(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refusing_port() as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{port}")
        assert (await ask(transport, RawWorker())).status == 200


async def test_a_cookie_is_not_sent_back(transport: Transport) -> None:
    worker = RawWorker(respond(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"))
    async with exchange_with(transport, worker) as exchange:
        await exchange.exchange(HEADERS, b"")
        await exchange.exchange(HEADERS, b"")
    assert b"cookie" not in worker.requests[1].lower()


# The answer


async def test_an_answer_has_status_headers_in_lower_case_and_body(transport: Transport) -> None:
    answer = await ask(
        transport, RawWorker(respond(b"HTTP/1.1 404 Not Found\r\nX-One:  1 \r\nContent-Length: 2\r\n\r\nno"))
    )
    assert answer == Answer(status=404, headers=[(b"x-one", b"1"), (b"content-length", b"2")], body=b"no")


async def test_interim_answers_are_skipped(transport: Transport) -> None:
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
async def test_every_framing_of_a_body_is_read(transport: Transport, raw: bytes, body: bytes) -> None:
    answer = await ask(transport, RawWorker(respond(raw)))
    assert answer.body == body
    assert b"x-trailer" not in dict(answer.headers)


@pytest.mark.parametrize("close", [respond_and_close, half_close])
async def test_the_end_of_the_stream_ends_a_body_without_length(transport: Transport, close: object) -> None:
    assert (await ask(transport, RawWorker(close(UNTIL_CLOSE)))).body == b"all there is"  # type: ignore[operator] # one of two functions


async def test_a_half_closed_connection_still_answers(transport: Transport) -> None:
    assert (await ask(transport, RawWorker(half_close(OK)))).status == 200


async def test_a_redirect_is_an_answer_and_not_followed(transport: Transport) -> None:
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
async def test_an_unreadable_answer_is_a_bad_answer(transport: Transport, raw: bytes) -> None:
    with pytest.raises(BadAnswer):
        await ask(transport, RawWorker(respond_and_close(raw)))


@pytest.mark.parametrize("begin", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"])
async def test_a_reset_is_a_bad_answer(transport: Transport, begin: bytes) -> None:
    with pytest.raises(BadAnswer):
        await ask(transport, RawWorker(respond_and_reset(begin)))


@pytest.mark.parametrize("end", [respond_and_close, half_close, respond_and_reset])
async def test_a_new_connection_that_ends_before_the_answer_begins_is_unanswered(
    transport: Transport, end: Callable[[bytes], Answering]
) -> None:
    with pytest.raises(Unanswered):
        await ask(transport, RawWorker(end(b"")))


async def test_a_head_without_end_is_a_bad_answer(transport: Transport) -> None:
    line = b"X-Filler: " + b"f" * 1_000 + b"\r\n"
    with pytest.raises(BadAnswer):
        await ask(transport, RawWorker(flood(b"HTTP/1.1 200 OK\r\n", piece=line, times=5_000)))


# The cap


async def test_a_body_is_kept_up_to_the_cap_and_the_connection_closed(transport: Transport) -> None:
    worker = RawWorker(flood(b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n", piece=b"x" * 50_000, times=4_000))
    async with exchange_with(transport, worker) as exchange:
        tracemalloc.start()
        answer = await exchange.exchange(HEADERS, b"")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        await worker.until(lambda worker: worker.open == 0)
    assert answer.status == 200
    assert answer.body == b"x" * MAX_ANSWER
    assert peak < 8_000_000


async def test_a_gzip_bomb_is_not_inflated(transport: Transport) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    assert (await ask(transport, RawWorker(respond(head + bomb)))).body == bomb


async def test_the_cap_is_a_setting(transport: Transport) -> None:
    worker = RawWorker(respond(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000))
    async with exchange_with(transport, worker, max_answer=1_000_000) as exchange:
        assert len((await exchange.exchange(HEADERS, b"")).body) == 100_000


# Connections


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_a_connection_that_the_worker_gives_up_is_closed(transport: Transport, raw: bytes) -> None:
    worker = RawWorker(respond(raw))
    async with exchange_with(transport, worker) as exchange:
        await exchange.exchange(HEADERS, b"")
        await exchange.exchange(HEADERS, b"")
    assert worker.connections == 2


@pytest.mark.parametrize("close", [respond_and_close, respond_and_reset])
async def test_a_connection_that_the_worker_closed_is_not_used_again(transport: Transport, close: object) -> None:
    worker = RawWorker(close(OK), respond())  # type: ignore[operator] # one of two functions
    async with exchange_with(transport, worker) as exchange:
        await exchange.exchange(HEADERS, b"first")
        await worker.until(lambda worker: worker.open == 0)
        assert (await exchange.exchange(HEADERS, b"second")).status == 200
    assert [body_of(request) for request in worker.requests] == [b"first", b"second"]


async def test_after_a_bad_answer_the_next_request_gets_its_own(transport: Transport) -> None:
    worker = RawWorker(respond(b"garbage\r\n\r\n"), respond())
    async with exchange_with(transport, worker) as exchange:
        with pytest.raises(BadAnswer):
            await exchange.exchange(HEADERS, b"first")
        assert (await exchange.exchange(HEADERS, b"second")).status == 200
    assert worker.connections == 2


async def test_no_more_connections_are_opened_than_allowed(transport: Transport) -> None:
    together = asyncio.Barrier(3)

    async def answer_three_at_a_time(connection: Connection) -> None:
        await together.wait()
        await connection.send(OK)

    worker = RawWorker(answer_three_at_a_time)
    async with exchange_with(transport, worker, connections=3) as exchange:
        answers = await asyncio.gather(*(exchange.exchange(HEADERS, b"") for _ in range(12)))
    assert {answer.status for answer in answers} == {200}
    assert worker.most_open == 3


async def test_leaving_closes_every_connection(transport: Transport) -> None:
    async with RawWorker() as worker:
        async with transport(url=worker.url, connections=3, connect_timeout=5.0) as exchange:
            await asyncio.gather(*(exchange.exchange(HEADERS, b"") for _ in range(3)))
        await worker.until(lambda worker: worker.open == 0)


# Time


@pytest.mark.parametrize(
    "answer",
    [
        stay_silent(),
        drip(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 100, interval=0.01),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000, interval=0.01),
    ],
    ids=["silent", "drips its head", "drips its body"],
)
async def test_a_cancelled_call_closes_its_connection(transport: Transport, answer: object) -> None:
    worker = RawWorker(answer, respond())  # type: ignore[arg-type] # parametrize knows no types
    async with exchange_with(transport, worker) as exchange:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.15):
                await exchange.exchange(HEADERS, b"slow")
        await worker.until(lambda worker: worker.open == 0)
        assert (await exchange.exchange(HEADERS, b"next")).status == 200


async def test_a_call_that_waits_for_a_connection_can_be_cancelled(transport: Transport) -> None:
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


# No connection


async def test_a_refused_connection_is_not_connected(transport: Transport) -> None:
    with refusing_port() as port:
        async with transport(url=f"http://127.0.0.1:{port}", connections=1, connect_timeout=5.0) as exchange:
            with pytest.raises(NotConnected, match="connection refused"):
                await exchange.exchange(HEADERS, b"")


async def test_an_unknown_name_is_not_connected(transport: Transport) -> None:
    async with transport(url="http://worker.invalid/", connections=1, connect_timeout=5.0) as exchange:
        with pytest.raises(NotConnected, match="name not found"):
            await exchange.exchange(HEADERS, b"")


async def test_a_missing_unix_socket_is_not_connected(transport: Transport) -> None:
    url = "http+unix://%2Fnonexistent%2Fworker.sock/"
    async with transport(url=url, connections=1, connect_timeout=5.0) as exchange:
        with pytest.raises(NotConnected):
            await exchange.exchange(HEADERS, b"")


async def test_a_handshake_without_end_is_a_connect_time_out(transport: Transport, authority: Authority) -> None:
    async with RawWorker(stay_silent(), reads_bodies=False) as worker:
        exchange = transport(
            url=f"https://localhost:{worker.port}/",
            connections=1,
            connect_timeout=0.1,
            tls=Tls(ca_file=str(authority.ca_file)),
        )
        async with exchange:
            with pytest.raises(NotConnected, match="connect time-out"):
                await exchange.exchange(HEADERS, b"")
        await worker.until(lambda worker: worker.open == 0)


async def test_a_message_of_ours_is_never_shown_in_an_error(transport: Transport) -> None:
    with pytest.raises(BadAnswer) as caught:
        await ask(transport, RawWorker(respond_and_close(b"secret of the worker\r\n\r\n")))
    assert "secret" not in str(caught.value)


# Unix sockets and TLS


async def test_a_worker_on_a_unix_socket_is_reached(transport: Transport, tmp_path: Path) -> None:
    worker = RawWorker(socket_path=tmp_path / "worker.sock")
    async with exchange_with(transport, worker) as exchange:
        assert (await exchange.exchange(HEADERS, b"body")).status == 200
    assert worker.requests[0].startswith(b"POST /jobs HTTP/1.1\r\n")
    assert b"Host: localhost" in header_lines(worker.requests[0])


async def test_a_worker_with_a_trusted_certificate_is_reached(transport: Transport, authority: Authority) -> None:
    worker = RawWorker(tls=authority.server_context())
    async with exchange_with(transport, worker, tls=Tls(ca_file=str(authority.ca_file))) as exchange:
        for _ in range(3):
            assert (await exchange.exchange(HEADERS, b"x" * 1_000_000)).status == 200


async def test_a_certificate_of_an_unknown_authority_is_refused(transport: Transport, authority: Authority) -> None:
    worker = RawWorker(tls=authority.server_context())
    async with exchange_with(transport, worker) as exchange:
        with pytest.raises(NotConnected, match="TLS failure"):
            await exchange.exchange(HEADERS, b"body")
    assert worker.requests == []


async def test_a_certificate_of_another_host_is_refused(transport: Transport, authority: Authority) -> None:
    worker = RawWorker(tls=authority.server_context("elsewhere.test"))
    async with exchange_with(transport, worker, tls=Tls(ca_file=str(authority.ca_file))) as exchange:
        with pytest.raises(NotConnected, match="TLS failure"):
            await exchange.exchange(HEADERS, b"body")


async def test_a_client_certificate_is_shown(transport: Transport, authority: Authority) -> None:
    worker = RawWorker(tls=authority.server_context(ask_client=True))
    tls = Tls(ca_file=str(authority.ca_file), client_cert=str(authority.issue("sqsd")))
    async with exchange_with(transport, worker, tls=tls) as exchange:
        assert (await exchange.exchange(HEADERS, b"body")).status == 200


async def test_a_worker_that_wants_a_client_certificate_is_not_connected(
    transport: Transport, authority: Authority
) -> None:
    # OpenSSL on a blocking socket, since asyncio's server closes without the alert that others send
    def refuse_handshake(server: socket.socket) -> None:
        accepted, _ = server.accept()
        context = authority.server_context(ask_client=True)
        with context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False) as connection:
            with pytest.raises(ssl.SSLError):
                connection.do_handshake()
            # a close with the request still unread would be a reset, which overtakes the alert
            while socket.socket.recv(connection, 65_536):
                pass

    with socket.create_server(("127.0.0.1", 0)) as server:
        refusal = asyncio.get_running_loop().run_in_executor(None, refuse_handshake, server)
        url = f"https://localhost:{server.getsockname()[1]}/"
        tls = Tls(ca_file=str(authority.ca_file))
        async with transport(url=url, connections=1, connect_timeout=5.0, tls=tls) as exchange:
            with pytest.raises(NotConnected, match="TLS failure"):
                await exchange.exchange(HEADERS, b"body")
        await refusal


async def test_a_file_that_holds_no_certificates_is_a_wrong_configuration(transport: Transport, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("nothing")
    exchange = transport(url="https://localhost/", connections=1, connect_timeout=5.0, tls=Tls(ca_file=str(file)))
    with pytest.raises(ConfigurationError, match=r"ca\.pem"):
        await exchange.__aenter__()
