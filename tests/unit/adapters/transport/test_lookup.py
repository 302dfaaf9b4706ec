"""Lookups of a name whose resolver may not answer."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import nullcontext

import pytest
from aiohappyeyeballs import AddrInfoType

from sqsd_adapters.testing.virtual_time import in_virtual_time
from sqsd_adapters.transport.lookup import ANEW, MOST, Lookup

FOUND: Sequence[AddrInfoType] = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 80))]


class Resolver:
    """Its lookups end when the test says so."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.under_way: list[Callable[[], None]] = []
        self.lookup = Lookup(
            host="worker.test", port=80, resolve=self._resolve, start=self.under_way.append, hold=nullcontext
        )

    def answers(self, number: int = 0) -> None:
        self.under_way[number]()

    def _resolve(self, host: str, port: int) -> Sequence[AddrInfoType]:
        assert (host, port) == ("worker.test", 80)
        if self.error is not None:
            raise self.error
        return FOUND

    async def gives_up(self, seconds: float) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.lookup.addresses()


@in_virtual_time
async def test_all_who_ask_meanwhile_share_one_lookup() -> None:
    resolver = Resolver()
    asking = [asyncio.create_task(resolver.lookup.addresses()) for _ in range(50)]
    await asyncio.sleep(0)
    resolver.answers()
    assert await asyncio.gather(*asking) == [FOUND] * 50
    assert len(resolver.under_way) == 1


@in_virtual_time
async def test_the_next_one_asks_anew() -> None:
    resolver = Resolver()
    for number in range(2):
        asking = asyncio.create_task(resolver.lookup.addresses())
        await asyncio.sleep(0)
        resolver.answers(number)
        assert await asking == FOUND


@in_virtual_time
async def test_a_resolver_that_does_not_answer_keeps_few_threads_however_many_ask() -> None:
    resolver = Resolver()
    for _ in range(200):
        await resolver.gives_up(0.5)
    assert len(resolver.under_way) == MOST


@in_virtual_time
async def test_a_lookup_that_hangs_does_not_keep_a_later_one_from_its_answer() -> None:
    resolver = Resolver()
    await resolver.gives_up(ANEW)
    asking = asyncio.create_task(resolver.lookup.addresses())
    await asyncio.sleep(0)
    resolver.answers(1)
    assert await asking == FOUND


@in_virtual_time
async def test_threads_that_come_back_make_room_for_others() -> None:
    resolver = Resolver()
    for _ in range(MOST):
        await resolver.gives_up(ANEW)
    for number in range(MOST):
        resolver.answers(number)
    await asyncio.sleep(0)
    asking = asyncio.create_task(resolver.lookup.addresses())
    await asyncio.sleep(0)
    resolver.answers(MOST)
    assert await asking == FOUND


@in_virtual_time
async def test_a_name_that_does_not_exist_is_said_to_all() -> None:
    resolver = Resolver()
    resolver.error = socket.gaierror(socket.EAI_NONAME, "no such name")
    asking = [asyncio.create_task(resolver.lookup.addresses()) for _ in range(2)]
    await asyncio.sleep(0)
    resolver.answers()
    for each in asking:
        with pytest.raises(socket.gaierror):
            await each


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7"])
def test_an_address_needs_no_thread(host: str) -> None:
    def start(_: Callable[[], None]) -> None:
        raise AssertionError("a thread was started")

    @in_virtual_time
    async def look() -> Sequence[AddrInfoType]:
        return await Lookup(host=host, port=80, start=start).addresses()

    [found] = look()
    assert found[4][0] == host


def test_a_system_that_gives_no_thread_is_our_own_trouble() -> None:
    def start(_: Callable[[], None]) -> None:
        raise RuntimeError("can't start new thread")

    @in_virtual_time
    async def look() -> None:
        with pytest.raises(OSError, match="memory"):
            await Lookup(host="worker.test", port=80, start=start).addresses()

    look()
