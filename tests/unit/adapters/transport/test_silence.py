"""One timer ends exchanges whose worker says nothing, in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps

from sqsd_adapters.testing.virtual_time import VirtualTimeLoop
from sqsd_adapters.transport.silence import Silence


def in_virtual_time(test: Callable[[], Coroutine[None, None, None]]) -> Callable[[], None]:
    @wraps(test)
    def run() -> None:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            runner.run(test())

    return run


class FakeConnection:
    def __init__(self) -> None:
        self.heard_at = 0.0
        self.watched = False
        self.silent_at: float | None = None
        self.reason = ""

    def hear(self) -> None:
        """Get a byte, of which a connection notes the time only while it is watched."""
        if self.watched:
            self.heard_at = asyncio.get_running_loop().time()

    def fall_silent(self, reason: str) -> None:
        self.silent_at = asyncio.get_running_loop().time()
        self.reason = reason


@in_virtual_time
async def test_an_exchange_ends_when_nothing_came_for_so_long() -> None:
    silence, connection, loop = Silence(limit=10.0), FakeConnection(), asyncio.get_running_loop()
    begun = loop.time()
    silence.watch(connection, loop)
    await asyncio.sleep(4.0)
    connection.hear()
    await asyncio.sleep(9.0)
    assert connection.silent_at is None
    await asyncio.sleep(2.0)
    assert connection.silent_at is not None
    assert round(connection.silent_at - begun, 3) == 14.0
    assert connection.reason == "the worker sent no byte for 10 s"


@in_virtual_time
async def test_each_exchange_has_its_own_limit() -> None:
    silence, first, second, loop = Silence(limit=10.0), FakeConnection(), FakeConnection(), asyncio.get_running_loop()
    silence.watch(first, loop)
    await asyncio.sleep(6.0)
    silence.watch(second, loop)
    await asyncio.sleep(5.0)
    assert (first.silent_at is None, second.silent_at is None) == (False, True)
    await asyncio.sleep(6.0)
    assert second.silent_at is not None


@in_virtual_time
async def test_what_has_ended_is_not_watched_and_leaves_no_timer() -> None:
    silence, connection, loop = Silence(limit=10.0), FakeConnection(), asyncio.get_running_loop()
    silence.watch(connection, loop)
    silence.forget(connection)
    assert not connection.watched
    await asyncio.sleep(30.0)
    assert connection.silent_at is None
    silence.watch(connection, loop)
    silence.close()
    await asyncio.sleep(30.0)
    assert connection.silent_at is None
