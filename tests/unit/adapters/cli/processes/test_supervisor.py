"""The supervisor: what it starts again, and what ends everything."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from sqsd_adapters.cli.processes.supervisor import Supervisor
from sqsd_adapters.errors import ConfigurationError


class FakeProcess:
    """Ends with the code that the test sets."""

    snapshot = None
    pid = 7
    killed = False

    def __init__(self, number: int, *, refused: str = "", started: bool = True) -> None:
        self.number = number
        self.refused = refused
        self.started = started
        self.code: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if refused:
            self.code.set_result(2)

    def stop(self, requests: int) -> None:
        del requests
        if not self.code.done():
            self.code.set_result(0)

    async def ended(self) -> int:
        return await self.code


def supervisor(start: Callable[[int], Any], *, count: int = 1) -> Supervisor:
    async def begin(number: int) -> Any:
        return start(number)

    return Supervisor(start=begin, count=count, patience=1.0, random=lambda: 0.5)


async def test_a_process_for_which_there_is_no_room_is_tried_again() -> None:
    attempts: list[int] = []

    def start(number: int) -> FakeProcess:
        attempts.append(number)
        if len(attempts) < 3:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return FakeProcess(number)

    watched = supervisor(start)
    running = asyncio.create_task(watched.run())
    await asyncio.sleep(60.0)
    watched.stop()
    assert await running == 0
    assert len(attempts) == 3


async def test_what_the_first_processes_refuse_ends_all() -> None:
    watched = supervisor(lambda number: FakeProcess(number, refused="no such queue", started=False), count=2)
    with pytest.raises(ConfigurationError, match="no such queue"):
        await watched.run()


async def test_what_a_later_process_refuses_does_not_end_those_that_work() -> None:
    def start(number: int) -> FakeProcess:
        return FakeProcess(number) if number == 1 else FakeProcess(number, refused="a typo", started=False)

    watched = supervisor(start)
    running = asyncio.create_task(watched.run())
    await asyncio.sleep(0.1)
    watched.resize(2)
    await asyncio.sleep(120.0)
    assert [*watched.running] == [1]
    assert watched.restarts[2] > 2
    watched.stop()
    assert await running == 0
