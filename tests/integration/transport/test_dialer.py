"""New connections: addresses are raced, and the other host's end is noticed; rows 36, 38 and 50."""

import asyncio
import resource
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest
from aiohappyeyeballs import AddrInfoType

from sqsd_adapters.testing.raw_answers import Connection, stay_silent
from sqsd_adapters.testing.raw_worker import RawWorker
from sqsd_adapters.transport.address import Address
from sqsd_adapters.transport.dialer import NEXT_ADDRESS, Dialer
from sqsd_adapters.transport.exchange import NotConnected, OutOfDescriptors
from sqsd_adapters.transport.tls import Tls
from tests.support.certificates import Authority
from tests.support.fault_proxy import unanswered_address
from tests.support.http_invoker import Transport
from tests.support.socket_options import DEAD_WITHIN, options_of_connections_to, seconds_until_dead

pytestmark = pytest.mark.integration

SOON = 2.0  # seconds; row 36


class DialerOfTwo(Dialer):
    """Its name has these addresses, in this order."""

    def __init__(self, *addresses: tuple[str, int], timeout: float = 5.0) -> None:
        super().__init__(address=Address.parse("http://twofold/"), timeout=timeout)
        self._addresses = addresses

    async def _lookup(self) -> Sequence[AddrInfoType]:
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", each) for each in self._addresses]


async def connect(dialer: Dialer) -> tuple[str, int]:
    """Connect, and tell to which address."""
    with await dialer.connect() as connected:
        reached: tuple[str, int] = connected.getpeername()
        return reached


async def test_an_address_that_is_silent_does_not_keep_from_the_next() -> None:
    async with RawWorker() as worker, unanswered_address() as silent:
        dialer = DialerOfTwo(silent, ("127.0.0.1", worker.port))
        async with asyncio.timeout(SOON):
            assert await connect(dialer) == ("127.0.0.1", worker.port)


async def test_the_address_that_answered_goes_first_the_next_time() -> None:
    async with RawWorker() as worker, unanswered_address() as silent:
        dialer = DialerOfTwo(silent, ("127.0.0.1", worker.port))
        await connect(dialer)
        async with asyncio.timeout(NEXT_ADDRESS):
            assert await connect(dialer) == ("127.0.0.1", worker.port)


async def test_where_the_address_that_answered_is_gone_another_is_found() -> None:
    async with RawWorker() as second:
        async with RawWorker() as first:
            dialer = DialerOfTwo(("127.0.0.1", first.port), ("127.0.0.1", second.port))
            assert await connect(dialer) == ("127.0.0.1", first.port)
        assert await connect(dialer) == ("127.0.0.1", second.port)


async def test_a_race_of_silent_addresses_leaves_nothing_open() -> None:
    async with unanswered_address() as one, unanswered_address() as other:
        dialer = DialerOfTwo(one, other)
        before = open_descriptors()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2 * NEXT_ADDRESS):
                await dialer.connect()
        assert open_descriptors() == before


# A connection that is not what it seems


@asynccontextmanager
async def server(handle: object, **options: object) -> AsyncIterator[int]:
    """A server that may act before it is asked."""
    async with await asyncio.start_server(handle, "127.0.0.1", 0, **options) as served:  # type: ignore[arg-type] # as given
        port: int = served.sockets[0].getsockname()[1]
        yield port


async def speak_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await reader.read()
    writer.close()


async def test_an_encrypted_answer_to_no_request_is_refused(transport: Transport, authority: Authority) -> None:
    async with server(speak_first, ssl=authority.server_context()) as port:
        tls = Tls(ca_file=str(authority.ca_file))
        exchange = transport(url=f"https://localhost:{port}/", connections=1, connect_timeout=5.0, tls=tls)
        async with exchange:
            with pytest.raises(NotConnected, match="before it was asked"):
                await exchange.exchange([], b"")


@contextmanager
def busy_thread() -> Iterator[None]:
    """A thread that leaves the loop a turn every 5 ms only, as a job that computes does."""
    over = threading.Event()

    def compute() -> None:
        while not over.is_set():
            pass

    thread = threading.Thread(target=compute)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


async def test_an_encrypted_answer_to_no_request_is_refused_beside_a_busy_thread(
    transport: Transport, authority: Authority
) -> None:
    tls = Tls(ca_file=str(authority.ca_file))
    with busy_thread():
        for _ in range(5):
            async with (
                server(speak_first, ssl=authority.server_context()) as port,
                transport(url=f"https://localhost:{port}/", connections=1, connect_timeout=5.0, tls=tls) as exchange,
            ):
                with pytest.raises(NotConnected, match="before it was asked"):
                    await exchange.exchange([], b"")


# Whether the other host is there


async def test_a_host_that_vanishes_is_found_dead_within_two_minutes(transport: Transport) -> None:
    async with RawWorker(stay_silent()) as worker, transport(url=worker.url, connections=1, connect_timeout=5.0) as it:
        waiting = asyncio.create_task(it.exchange([], b"job"))
        await worker.until(lambda worker: len(worker.requests) == 1)
        [options] = options_of_connections_to(worker.port)
        waiting.cancel()
        await asyncio.wait([waiting])
    assert seconds_until_dead(options) <= DEAD_WITHIN


async def test_a_host_that_takes_no_bytes_of_a_large_body_is_waited_for(transport: Transport) -> None:
    async def read_late(connection: Connection) -> None:
        await asyncio.Event().wait()

    async with (
        RawWorker(read_late, reads_bodies=False) as worker,
        transport(url=worker.url, connections=1, connect_timeout=5.0) as it,
    ):
        waiting = asyncio.create_task(it.exchange([], bytes(1_000_000)))
        await worker.until(lambda worker: len(worker.requests) == 1)
        [options] = options_of_connections_to(worker.port)
        waiting.cancel()
        await asyncio.wait([waiting])
    assert options["SO_KEEPALIVE"]
    assert options["TCP_USER_TIMEOUT"] == 0


# Our own shortage


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(each.name) for each in Path("/proc/self/fd").iterdir())
    fillers = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, hard))
    try:
        with suppress(OSError):
            while True:
                fillers.append(socket.socket())
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for filler in fillers:
            filler.close()


async def test_a_shortage_of_descriptors_is_not_the_workers_fault(transport: Transport) -> None:
    async with RawWorker() as worker, transport(url=worker.url, connections=1, connect_timeout=5.0) as exchange:
        with no_descriptor_left(), pytest.raises(OutOfDescriptors):
            await exchange.exchange([], b"")
        assert (await exchange.exchange([], b"")).status == 200


async def test_a_call_cancelled_at_any_moment_leaves_the_exchange_usable(transport: Transport) -> None:
    async with RawWorker() as worker, transport(url=worker.url, connections=1, connect_timeout=5.0) as exchange:
        for turns in range(40):
            call = asyncio.create_task(exchange.exchange([], b""))
            for _ in range(turns):
                await asyncio.sleep(0)
            call.cancel()
            await asyncio.wait([call])
        async with asyncio.timeout(5.0):
            assert (await exchange.exchange([], b"")).status == 200


async def test_a_handshake_cancelled_at_any_moment_leaves_nothing_open(
    transport: Transport, authority: Authority
) -> None:
    tls = Tls(ca_file=str(authority.ca_file))
    async with (
        RawWorker(stay_silent(), tls=authority.server_context()) as worker,
        transport(url=worker.url, connections=1, connect_timeout=5.0, tls=tls) as exchange,
    ):
        for milliseconds in range(12):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(milliseconds / 1000):
                    await exchange.exchange([], b"")
        await worker.until(lambda worker: worker.open == 0)
