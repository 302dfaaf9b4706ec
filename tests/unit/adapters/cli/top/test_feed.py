"""How ``sqsd top`` follows a daemon that comes and goes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any, Self

import pytest

from sqsd_adapters.cli.status.view import View
from sqsd_adapters.cli.top.feed import POLLS, follow
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_adapters.monitor.client import MonitorBusy, MonitorUnavailable
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_adapters.testing.virtual_time import in_virtual_time
from tests.support.screens import ADDRESS, status

AWAY = MonitorUnavailable("no daemon listens")
BUSY = MonitorBusy("8 clients watch already")
AWAKE = (status(),)


class Daemon:
    """Answers each connection as the test says: so many statuses, and then an error or the end of the stream."""

    def __init__(self, *connections: tuple[Any, ...]) -> None:
        self._connections = list(connections)
        self.asked_at = list[float]()

    def dial(self, _: str) -> Any:
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def watch(self, **_: object) -> AsyncGenerator[sqsd_pb2.Status, None]:
        for answer in self._connections.pop(0) if self._connections else (asyncio.Event(),):
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, asyncio.Event):
                await answer.wait()
            yield answer

    async def status(self, **_: object) -> sqsd_pb2.Status:
        self.asked_at.append(asyncio.get_running_loop().time())
        return status()


def told(*connections: tuple[Any, ...]) -> list[str]:
    """What the screen is told."""
    views = list[View]()

    async def watching() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(60.0):
                daemon = Daemon(*connections)
                await follow(ADDRESS, dial=daemon.dial, clock=LoopClock(), told=views.append)

    in_virtual_time(watching)()
    return [f"{view.silent} {view.silent_for:.0f}" if view.silent else view.polled or "awake" for view in views]


def test_every_status_is_told() -> None:
    assert told((status(), status())) == ["awake", "awake"]


def test_a_daemon_that_is_away_is_told_with_the_time_since_it_answered() -> None:
    first, second = "no daemon listens 0", "no daemon listens 1"
    assert told((status(), AWAY), (AWAY,), (AWAY,), AWAKE) == ["awake", first, second, "awake"]


@pytest.mark.parametrize("end", [(status(),), (status(), AWAY)])
def test_a_connection_that_ends_after_answers_is_replaced_in_silence(end: tuple[Any, ...]) -> None:
    assert told(end, AWAKE) == ["awake", "awake"]


def test_a_daemon_that_wants_a_token_is_told_and_asked_again() -> None:
    assert told((ConfigurationError("another token"),), AWAKE) == ["another token 0", "awake"]


def test_a_daemon_that_serves_no_more_streams_is_asked_again_and_again_and_then_for_a_stream() -> None:
    assert told((BUSY,), AWAKE) == [*[str(BUSY)] * POLLS, "awake"]
