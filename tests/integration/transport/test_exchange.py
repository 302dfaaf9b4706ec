"""What every answer to the port ``Exchange`` keeps to, and TLS; rows 7 to 10 of the fault matrix."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.testing.exchange_suite import ExchangeSuite
from sqsd_adapters.testing.exchange_suite.hooks import HEADERS
from sqsd_adapters.testing.raw_answers import stay_silent
from sqsd_adapters.testing.raw_worker import RawWorker
from sqsd_adapters.transport.exchange import Exchange, NotConnected
from sqsd_adapters.transport.http11 import Http11Exchange
from sqsd_adapters.transport.httpx import HttpxExchange
from sqsd_adapters.transport.tls import SYSTEM_TRUST, Tls
from tests.support.certificates import Authority
from tests.support.http_invoker import Transport

pytestmark = pytest.mark.integration


class TestHttp11(ExchangeSuite):
    @pytest.fixture
    def transport(self) -> type[Http11Exchange]:
        return Http11Exchange


class TestHttpx(ExchangeSuite):
    @pytest.fixture
    def transport(self) -> type[HttpxExchange]:
        return HttpxExchange


@asynccontextmanager
async def exchange_with(transport: Transport, worker: RawWorker, *, tls: Tls = SYSTEM_TRUST) -> AsyncIterator[Exchange]:
    async with worker, transport(url=worker.url, connections=1, connect_timeout=5.0, tls=tls) as exchange:
        yield exchange


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
