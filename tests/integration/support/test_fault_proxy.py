"""The fault proxy's own promises, on which the fault tests stand."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.fault_proxy import BLACK_HOLE, End, FaultProxy, cut, delay, drip, unanswered_address

pytestmark = pytest.mark.integration

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
SHORT = 0.1
PATIENCE = 10.0  # seconds that only a failing test waits


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    """Yield a proxy before a server that echoes, and ends when its client does."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(1_000):
                writer.write(chunk)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with (
        await asyncio.start_server(echo, "127.0.0.1") as server,
        FaultProxy(host="127.0.0.1", port=server.sockets[0].getsockname()[1]) as proxy,
    ):
        yield proxy


@pytest.fixture
async def streams(proxy: FaultProxy) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
    yield reader, writer
    writer.close()


async def echoed(streams: Streams, sent: bytes) -> bytes:
    reader, writer = streams
    writer.write(sent)
    return await reader.readexactly(len(sent))


async def test_without_a_fault_everything_passes_both_ways(proxy: FaultProxy, streams: Streams) -> None:
    body = bytes(range(256)) * 4_000

    assert await echoed(streams, body) == body
    assert (proxy.accepted, proxy.open) == (1, 1)


async def test_the_clients_end_reaches_the_server_and_comes_back(proxy: FaultProxy, streams: Streams) -> None:
    reader, writer = streams
    writer.write(b"last words")
    writer.write_eof()

    assert await reader.read() == b"last words"


@pytest.mark.parametrize("passes", [0, 1, 5])
async def test_an_answer_is_cut_after_so_many_bytes(proxy: FaultProxy, streams: Streams, passes: int) -> None:
    proxy.to_client = cut(passes)
    reader, writer = streams
    writer.write(b"hello world")

    assert await reader.read() == b"hello world"[:passes]


async def test_a_request_is_cut_after_so_many_bytes(proxy: FaultProxy, streams: Streams) -> None:
    proxy.to_server = cut(4, End.HALF_CLOSE)
    reader, writer = streams
    writer.write(b"hello world")

    assert await reader.read() == b"hell"


async def test_bytes_are_counted_from_when_the_fault_was_set(proxy: FaultProxy, streams: Streams) -> None:
    await echoed(streams, b"before")
    proxy.to_client = cut(2)
    reader, writer = streams
    writer.write(b"after")

    assert await reader.read() == b"af"


async def test_a_reset_is_a_reset(proxy: FaultProxy, streams: Streams) -> None:
    proxy.to_client = cut(0, End.RESET)
    reader, writer = streams
    writer.write(b"hello")

    with pytest.raises(ConnectionResetError):
        await reader.read()


async def test_a_fault_for_once_spares_the_next_connection(proxy: FaultProxy, streams: Streams) -> None:
    proxy.to_client = cut(0, once=True)
    streams[1].write(b"hello")
    assert await streams[0].read() == b""

    second = await asyncio.open_connection(proxy.host, proxy.port)
    assert await echoed(second, b"hello") == b"hello"
    second[1].close()


async def test_a_black_hole_says_nothing_and_stays_open(proxy: FaultProxy, streams: Streams) -> None:
    proxy.to_client = BLACK_HOLE

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(echoed(streams, b"hello"), SHORT)
    assert proxy.open == 1


async def test_a_client_that_leaves_a_black_hole_leaves_nothing_behind(proxy: FaultProxy) -> None:
    proxy.to_server = BLACK_HOLE
    _, writer = await asyncio.open_connection(proxy.host, proxy.port)
    writer.write(b"hello")
    await asyncio.sleep(SHORT)
    assert proxy.open == 1
    writer.close()

    async with asyncio.timeout(PATIENCE):
        while proxy.open:  # noqa: ASYNC110 - the proxy tells nobody
            await asyncio.sleep(0.01)


async def test_a_delay_keeps_each_chunk_back(proxy: FaultProxy, streams: Streams) -> None:
    loop = asyncio.get_running_loop()
    proxy.to_client = delay(SHORT)
    start = loop.time()
    await echoed(streams, b"hello")

    assert loop.time() - start >= SHORT


async def test_a_drip_passes_one_byte_at_a_time(proxy: FaultProxy, streams: Streams) -> None:
    proxy.to_client = drip(0.01)
    reader, writer = streams
    writer.write(b"hello")

    assert [await reader.read(100) for _ in range(5)] == [b"h", b"e", b"l", b"l", b"o"]


async def test_refusing_resets_what_is_open_and_refuses_what_comes(proxy: FaultProxy, streams: Streams) -> None:
    await echoed(streams, b"hello")
    await proxy.refuse()

    with pytest.raises(ConnectionResetError):
        await streams[0].read()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(proxy.host, proxy.port)
    assert proxy.open == 0


async def test_accepting_again_is_on_the_same_port(proxy: FaultProxy) -> None:
    await proxy.refuse()
    await proxy.accept()
    streams = await asyncio.open_connection(proxy.host, proxy.port)

    assert await echoed(streams, b"hello") == b"hello"
    streams[1].close()


async def test_a_server_that_is_not_there_closes_the_clients_connection() -> None:
    async with unanswered_address() as (host, port):
        pass
    async with FaultProxy(host=host, port=port) as proxy:
        reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
        assert await reader.read() == b""
        writer.close()


async def test_a_connect_to_an_unanswered_address_hangs() -> None:
    async with unanswered_address() as address:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.open_connection(*address), SHORT)
