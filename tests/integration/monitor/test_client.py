"""Our client against what may listen where the monitor is looked for."""

import asyncio
import socket
from pathlib import Path

import grpc.aio
import pytest

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor.client import MonitorClient, MonitorUnavailable
from sqsd_adapters.monitor.grpc import GrpcMonitor
from sqsd_adapters.monitor.tls import ClientTls
from tests.support.monitor import WatchedDaemon, task, workings

pytestmark = pytest.mark.integration


async def test_nothing_that_listens_is_a_sentence_with_the_address() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # bound and not listening: refused, and nobody else's
        port = bound.getsockname()[1]
        with pytest.raises(MonitorUnavailable, match=rf"answers at 127\.0\.0\.1:{port}: .*refused"):
            await workings(port)


async def test_silence_is_an_error_after_the_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        async with MonitorClient(address=address, timeout=0.2) as client:
            with pytest.raises(MonitorUnavailable, match=r"no answer within 0\.2 s"):
                await client.current_workings()


async def test_another_protocol_is_a_sentence_too() -> None:
    async def speak_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(speak_http, "127.0.0.1", 0) as server:
        with pytest.raises(MonitorUnavailable):
            await workings(server.sockets[0].getsockname()[1])


async def test_a_grpc_server_that_is_not_sqsd_is_told_apart() -> None:
    stranger = grpc.aio.server()
    port = stranger.add_insecure_port("127.0.0.1:0")
    await stranger.start()
    with pytest.raises(MonitorUnavailable, match="what listens there is not sqsd"):
        await workings(port)
    await stranger.stop(None)


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("http_proxy", "https_proxy", "grpc_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    async with GrpcMonitor(monitor=WatchedDaemon(task()), port=0) as monitor:
        assert await workings(monitor.port) == [task()]


async def test_an_answer_of_thousands_of_tasks_arrives_whole() -> None:
    tasks = [task(f"m-{number}", receipt="r" * 1_000) for number in range(6_000)]
    async with GrpcMonitor(monitor=WatchedDaemon(*tasks), port=0) as monitor:
        assert len(await workings(monitor.port)) == 6_000


async def test_a_missing_ca_file_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"the CA: cannot read .*no-such-file"):
        await MonitorClient(address="127.0.0.1:1", tls=ClientTls(ca=Path("no-such-file"))).__aenter__()
