"""Our client against what may listen where the monitor is looked for."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor._pb import sqsd_pb2, sqsd_pb2_grpc
from sqsd_adapters.monitor.client import MonitorClient, MonitorUnavailable
from sqsd_adapters.monitor.grpc import GrpcMonitor
from sqsd_adapters.monitor.tls import ClientTls
from tests.support.monitor import WatchedDaemon, task, workings

pytestmark = pytest.mark.integration


async def test_nothing_that_listens_is_a_sentence_with_the_address() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # bound and not listening: refused, and nobody else's
        port = bound.getsockname()[1]
        with pytest.raises(MonitorUnavailable, match=rf"no daemon listens at 127\.0\.0\.1:{port}: connection refused"):
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
    with pytest.raises(MonitorUnavailable, match="the program at this address is not sqsd"):
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


@asynccontextmanager
async def squatter(*answers: sqsd_pb2.CurrentWorkingsResponse, refusal: str | None = None) -> AsyncIterator[int]:
    """A gRPC server of somebody else that speaks our service."""

    class Service(sqsd_pb2_grpc.MonitoringServiceServicer):
        async def CurrentWorkings(self, request: Any, context: Any) -> Any:  # noqa: N802 - the name on the wire
            if refusal is not None:
                await context.abort(grpc.StatusCode.UNAVAILABLE, refusal)
            return answers[0]

    server = grpc.aio.server()
    sqsd_pb2_grpc.add_MonitoringServiceServicer_to_server(Service(), server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield port
    await server.stop(None)


def answer(*tasks: sqsd_pb2.Task) -> sqsd_pb2.CurrentWorkingsResponse:
    return sqsd_pb2.CurrentWorkingsResponse(tasks=tasks)


@pytest.mark.parametrize(
    "said",
    [
        answer(sqsd_pb2.Task(id="m" * 300)),
        answer(sqsd_pb2.Task(id="m", receipt="r" * 5_000)),
        answer(sqsd_pb2.Task(id="m", started_at=Timestamp(seconds=2**62))),
        answer(sqsd_pb2.Task(id="m", started_at=Timestamp(seconds=-1))),
        answer(*[sqsd_pb2.Task(id="m")] * 20_001),
    ],
    ids=["long id", "long receipt", "late", "early", "many"],
)
async def test_an_answer_that_no_sqsd_gives_is_a_sentence(said: sqsd_pb2.CurrentWorkingsResponse) -> None:
    async with squatter(said) as port:
        with pytest.raises(MonitorUnavailable, match="the program at this address is not sqsd"):
            await workings(port)


async def test_an_answer_beyond_32_mebibytes_is_not_read() -> None:
    async with squatter(answer(sqsd_pb2.Task(id="m", receipt="r" * 33 * 1_048_576))) as port:
        with pytest.raises(MonitorUnavailable, match="no monitor of sqsd answers"):
            await workings(port)


async def test_a_refusal_is_told_without_what_moves_a_cursor() -> None:
    async with squatter(refusal="\x1b[2Jgone\u202e" + "x" * 3_000) as port:
        with pytest.raises(MonitorUnavailable) as refused:
            await workings(port)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 1_000


async def test_a_missing_ca_file_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"the CA: cannot read .*no-such-file"):
        await MonitorClient(address="127.0.0.1:1", tls=ClientTls(ca=Path("no-such-file"))).__aenter__()
