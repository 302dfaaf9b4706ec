"""Row 27 of the fault matrix: floods, slow readers and huge requests are capped, and health is still answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

from sqsd_adapters.cli.top.feed import follow
from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.monitor._pb import sqsd_pb2, sqsd_pb2_grpc
from sqsd_adapters.monitor.answers import MAX_ANSWERS_OF_PEER
from sqsd_adapters.monitor.client import MonitorClient, MonitorUnavailable
from sqsd_adapters.monitor.grpc import CALLS_PER_SECOND, IDLE, MAX_CONNECTIONS, MAX_STREAMS, GrpcMonitor
from sqsd_adapters.monitor.service import MAX_STREAMS as MAX_WATCHERS
from tests.support.monitor import WatchedDaemon, task, workings
from tests.support.stage import within

if TYPE_CHECKING:
    from sqsd_adapters.cli.status.view import View

pytestmark = pytest.mark.integration

WORKINGS = "/sqsd.MonitoringService/CurrentWorkings"
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"

# HTTP/2 by hand, for what no library does: a client that calls and gives the answer no room.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS = 0, 1, 3, 4
END_STREAM, END_HEADERS = 1, 4
NO_WINDOW = b"\x00\x04" + bytes(4)  # SETTINGS_INITIAL_WINDOW_SIZE = 0
EMPTY_MESSAGE = bytes(5)  # gRPC: not compressed, no bytes


def frame(kind: int, payload: bytes = b"", *, flags: int = 0, stream: int = 0) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def call(stream: int) -> bytes:
    fields = {
        ":method": "POST",
        ":scheme": "http",
        ":path": WORKINGS,
        ":authority": "localhost",
        "te": "trailers",
        "content-type": "application/grpc",
    }
    # HPACK: literals without indexing, each string with its length before it
    block = b"".join(
        b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
        for name, value in fields.items()
    )
    return frame(HEADERS, block, flags=END_HEADERS, stream=stream) + frame(
        DATA, EMPTY_MESSAGE, flags=END_STREAM, stream=stream
    )


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, int, bytes]:
    head = await reader.readexactly(9)
    payload = await reader.readexactly(int.from_bytes(head[:3], "big"))
    return head[3], int.from_bytes(head[5:9], "big"), payload


async def check(port: int) -> int:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # the types of the official stub know no rpcs
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
    return int(answer.status)


def workings_over(channel: grpc.aio.Channel) -> grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]:
    return channel.unary_unary(WORKINGS)


async def call_for_ever(channel: grpc.aio.Channel) -> None:
    while True:
        with suppress(grpc.aio.AioRpcError):
            await workings_over(channel)(b"", timeout=10)


async def test_a_flood_of_calls_is_answered_at_a_pace_and_health_aside_from_it() -> None:
    daemon = WatchedDaemon(task())
    loop = asyncio.get_running_loop()
    async with GrpcMonitor(monitor=daemon, port=0) as monitor, AsyncExitStack() as flood:
        begun_at = loop.time()
        for _ in range(14):
            # A setting of its own, or gRPC shares one connection among equal channels.
            own = (("grpc.use_local_subchannel_pool", 1),)
            channel = grpc.aio.insecure_channel(f"127.0.0.1:{monitor.port}", options=own)
            await flood.enter_async_context(channel)
            for _ in range(MAX_STREAMS):
                flood.callback(asyncio.create_task(call_for_ever(channel)).cancel)
        await asyncio.sleep(1.5)
        answered, elapsed = daemon.looks, loop.time() - begun_at
        assert await check(monitor.port) == health_pb2.HealthCheckResponse.SERVING
    assert 1 <= answered <= CALLS_PER_SECOND * (2 + elapsed) + 1


async def test_a_flood_within_one_reflection_stream_is_answered_at_the_pace_too() -> None:
    async def requests() -> AsyncIterator[bytes]:
        while True:
            yield reflection_pb2.ServerReflectionRequest(list_services="").SerializeToString()

    answers = 0
    async with (
        GrpcMonitor(monitor=WatchedDaemon(), port=0) as monitor,
        grpc.aio.insecure_channel(f"127.0.0.1:{monitor.port}") as channel,
    ):
        with suppress(grpc.aio.AioRpcError):  # the end of its time
            reflect: grpc.aio.StreamStreamMultiCallable[bytes, bytes] = channel.stream_stream(REFLECTION)
            async for _ in reflect(requests(), timeout=1.0):
                answers += 1
    assert 1 <= answers <= 4 * CALLS_PER_SECOND


async def test_a_reader_that_never_reads_holds_up_nobody_else() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(task()), port=0) as monitor:
        _, writer = await asyncio.open_connection("127.0.0.1", monitor.port)
        writer.write(PREFACE + frame(SETTINGS, NO_WINDOW) + b"".join(call(1 + 2 * n) for n in range(MAX_STREAMS)))
        await writer.drain()
        assert await workings(monitor.port) == [task()]
        assert await check(monitor.port) == health_pb2.HealthCheckResponse.SERVING
        closing_at = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - closing_at < 2
    writer.close()


async def test_a_connection_carries_only_so_many_calls_at_once() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(task()), port=0) as monitor:
        reader, writer = await asyncio.open_connection("127.0.0.1", monitor.port)
        calls = [call(1 + 2 * n) for n in range(MAX_STREAMS + 1)]
        writer.write(PREFACE + frame(SETTINGS, NO_WINDOW) + b"".join(calls))
        await writer.drain()
        async with asyncio.timeout(5):
            kind, stream = -1, -1
            while kind != RST_STREAM:
                kind, stream, _ = await read_frame(reader)
        assert stream == 1 + 2 * MAX_STREAMS
        writer.close()


async def connect(port: int, held: AsyncExitStack) -> asyncio.StreamReader:
    """Open an HTTP/2 connection that says no more than it has to."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    held.callback(writer.close)
    writer.write(PREFACE + frame(SETTINGS))
    await writer.drain()
    await reader.readexactly(9)  # the server's settings: it has taken the connection
    return reader


async def test_sixteen_idle_strangers_and_more_leave_health_and_tasks_available() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(task()), port=0) as monitor, AsyncExitStack() as held:
        for _ in range(40):
            await connect(monitor.port, held)
        assert await check(monitor.port) == health_pb2.HealthCheckResponse.SERVING
        assert await workings(monitor.port) == [task()]


@pytest.mark.slow
async def test_an_idle_connection_gives_its_place_back() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(), port=0) as monitor, AsyncExitStack() as held:
        reader = await connect(monitor.port, held)
        async with asyncio.timeout(2 * IDLE + 5):  # gRPC looks at intervals
            await reader.read()  # to the end


async def test_a_peer_holds_only_so_many_answers_that_it_does_not_read() -> None:
    daemon = WatchedDaemon(task())
    async with GrpcMonitor(monitor=daemon, port=0) as monitor, AsyncExitStack() as held:
        for _ in range(2 * MAX_ANSWERS_OF_PEER // MAX_STREAMS):
            _, writer = await asyncio.open_connection("127.0.0.1", monitor.port)
            held.callback(writer.close)
            writer.write(PREFACE + frame(SETTINGS, NO_WINDOW) + b"".join(call(1 + 2 * n) for n in range(MAX_STREAMS)))
            await writer.drain()
        await within(20, lambda: daemon.looks == MAX_ANSWERS_OF_PEER)  # the calls are read
        with pytest.raises(MonitorUnavailable, match="too many answers are unread"):
            await workings(monitor.port)
        assert daemon.looks == MAX_ANSWERS_OF_PEER
        assert await check(monitor.port) == health_pb2.HealthCheckResponse.SERVING


async def test_calls_without_the_token_take_no_turns_from_those_with_it() -> None:
    loop = asyncio.get_running_loop()
    async with (
        GrpcMonitor(monitor=WatchedDaemon(task()), port=0, token="s3cret") as monitor,
        AsyncExitStack() as flood,
    ):
        for _ in range(10):
            own = (("grpc.use_local_subchannel_pool", 1),)
            channel = grpc.aio.insecure_channel(f"127.0.0.1:{monitor.port}", options=own)
            await flood.enter_async_context(channel)
            for _ in range(2 * MAX_STREAMS):
                flood.callback(asyncio.create_task(call_for_ever(channel)).cancel)
        await asyncio.sleep(1.0)  # longer than their burst lasts
        asked_at = loop.time()
        assert await workings(monitor.port, token="s3cret") == [task()]
        assert loop.time() - asked_at < 1.0


async def test_a_screen_that_gets_no_stream_asks_instead_and_says_why() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(task()), port=0) as monitor, AsyncExitStack() as others:
        address = f"127.0.0.1:{monitor.port}"
        for _ in range(MAX_WATCHERS):
            own = (("grpc.use_local_subchannel_pool", 1),)
            channel = await others.enter_async_context(grpc.aio.insecure_channel(address, options=own))
            stream = sqsd_pb2_grpc.MonitoringServiceStub(channel).WatchStatus(sqsd_pb2.WatchStatusRequest())  # type: ignore[no-untyped-call]
            others.callback(stream.cancel)
            await stream.read()
        views: asyncio.Queue[View] = asyncio.Queue()
        following = asyncio.create_task(follow(address, dial=_dialled, clock=SystemClock(), told=views.put_nowait))
        async with asyncio.timeout(10):
            view = await views.get()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        assert view.status is not None
        assert view.polled == f"{address} is busy: {MAX_WATCHERS} clients watch already"


def _dialled(address: str) -> MonitorClient:
    return MonitorClient(address=address)


async def test_a_connection_beyond_the_cap_is_closed_at_once() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(), port=0) as monitor, AsyncExitStack() as connections:
        for _ in range(MAX_CONNECTIONS):
            await connect(monitor.port, connections)
        with pytest.raises(MonitorUnavailable):
            await workings(monitor.port)


@pytest.mark.parametrize("size", [4_097, 10_000_000])
async def test_a_huge_request_is_refused(size: int) -> None:
    daemon = WatchedDaemon()
    async with (
        GrpcMonitor(monitor=daemon, port=0) as monitor,
        grpc.aio.insecure_channel(f"127.0.0.1:{monitor.port}") as channel,
    ):
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await workings_over(channel)(bytes(size), timeout=5)
    assert failure.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert daemon.looks == 0


async def test_a_request_that_unpacks_to_more_is_refused() -> None:
    async with (
        GrpcMonitor(monitor=WatchedDaemon(), port=0) as monitor,
        grpc.aio.insecure_channel(f"127.0.0.1:{monitor.port}", compression=grpc.Compression.Gzip) as channel,
    ):
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await workings_over(channel)(bytes(3_000_000), timeout=5)
    assert failure.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_huge_headers_are_refused() -> None:
    async with (
        GrpcMonitor(monitor=WatchedDaemon(), port=0) as monitor,
        grpc.aio.insecure_channel(f"127.0.0.1:{monitor.port}") as channel,
    ):
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await workings_over(channel)(b"", timeout=5, metadata=(("x", "y" * 100_000),))
    assert failure.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.slow
async def test_a_connection_that_says_nothing_gives_its_place_back() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(), port=0) as monitor:
        reader, writer = await asyncio.open_connection("127.0.0.1", monitor.port)
        async with asyncio.timeout(20):
            await reader.read()  # to the end
        writer.close()
