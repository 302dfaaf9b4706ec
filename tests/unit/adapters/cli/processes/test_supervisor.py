"""The supervisor: what it starts again, and what ends everything."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from sqsd_adapters.cli.processes.supervisor import KILL_AFTER, Supervisor
from sqsd_adapters.errors import ConfigurationError


class FakeProcess:
    """Ends with the code that the test sets."""

    snapshot = None
    pid = 7

    def __init__(self, number: int, *, refused: str = "", started: bool = True, hangs: bool = False) -> None:
        self.number = number
        self.refused = refused
        self.started = started
        self.hangs = hangs
        self.killed = False
        self.code: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if refused:
            self.code.set_result(2)

    def stop(self, requests: int) -> None:
        del requests
        if not self.hangs and not self.code.done():
            self.code.set_result(0)

    def kill(self) -> None:
        self.killed = True
        self.code.set_result(-9)

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


class Watched:
    """Two processes that run; what was started, in that order."""

    def __init__(self, **second: Any) -> None:
        self.started: list[FakeProcess] = []
        self.supervisor = supervisor(lambda number: self._start(number, second), count=2)
        self.running = asyncio.create_task(self.supervisor.run())

    def _start(self, number: int, second: dict[str, Any]) -> FakeProcess:
        self.started.append(FakeProcess(number, **(second if len(self.started) == 1 else {})))
        return self.started[-1]

    @property
    def numbers(self) -> list[int]:
        return [process.number for process in self.started]

    async def end(self) -> int:
        self.supervisor.stop()
        return await self.running


async def test_a_process_that_is_too_many_and_does_not_end_is_killed() -> None:
    watched = Watched(hangs=True)
    await asyncio.sleep(0.1)
    watched.supervisor.resize(1)
    await asyncio.sleep(1.0 + KILL_AFTER + 0.1)
    assert [process.killed for process in watched.started] == [False, True]
    assert [*watched.supervisor.running] == [1]
    assert await watched.end() == 3


async def test_the_drain_gives_no_more_time_to_one_that_is_being_dismissed() -> None:
    watched = Watched(hangs=True)
    await asyncio.sleep(0.1)
    watched.supervisor.resize(1)
    await asyncio.sleep(KILL_AFTER)
    assert await asyncio.wait_for(watched.end(), 1.1) == 3


async def test_a_second_request_gives_less_time() -> None:
    watched = Watched(hangs=True)
    watched.supervisor.patience = 600.0
    await asyncio.sleep(0.1)
    watched.supervisor.stop()
    assert await asyncio.wait_for(watched.end(), KILL_AFTER + 0.1) == 3


async def test_one_that_is_wanted_again_while_it_drains_is_no_crash(caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched(hangs=True)
    await asyncio.sleep(0.1)
    watched.supervisor.resize(1)
    watched.supervisor.resize(2)
    assert [process.number for process in watched.supervisor.lasting] == [1]
    watched.started[1].code.set_result(0)
    await asyncio.sleep(0.1)
    assert watched.numbers == [1, 2, 2]
    assert len(watched.supervisor.lasting) == 2
    assert not watched.supervisor.restarts
    assert "process ended, starting another" not in caplog.messages
    assert await watched.end() == 0


async def test_a_start_that_is_not_over_after_a_minute_is_said(caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched(started=False)
    await asyncio.sleep(59.0)
    assert caplog.messages == []
    await asyncio.sleep(2.0)
    [line] = [vars(record) for record in caplog.records]
    assert (line["message"], line["process_number"]) == ("process has not started yet", 2)
    await watched.end()


async def test_what_a_process_refuses_while_the_others_drain_is_not_the_exit_code() -> None:
    watched = Watched(started=False, hangs=True)
    await asyncio.sleep(0.1)
    watched.supervisor.stop()
    watched.started[1].refused = "a typo"
    watched.started[1].code.set_result(2)
    assert await watched.running == 0


async def test_what_the_only_process_refuses_during_the_drain_is_said() -> None:
    watched = supervisor(lambda number: FakeProcess(number, started=False, hangs=True))
    running = asyncio.create_task(watched.run())
    await asyncio.sleep(0.1)
    [process] = watched.running.values()
    watched.stop()
    process.refused = "no such queue"
    process.code.set_result(2)  # type: ignore[attr-defined]
    with pytest.raises(ConfigurationError, match="no such queue"):
        await running
