"""The monitor of all processes: what it passes on, and to whom."""

from dataclasses import replace
from typing import Any

import pytest

from sqsd_adapters.cli import Settings
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.processes.family import Family
from sqsd_adapters.cli.processes.supervisor import Supervisor
from sqsd_core import Snapshot
from sqsd_core.errors import UnknownQueue


class FakeClock:
    """Moved by hand."""

    time = 100.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += seconds


class FakeProcess:
    """Notes what it is told."""

    snapshot = None
    pid = 1

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def ask(self, *, depths: bool = False) -> None:
        return None

    def pause(self, queue: str | None, seconds: float | None) -> None:
        self.told.append(("pause", queue, seconds))

    def resume(self, queue: str | None) -> None:
        self.told.append(("resume", queue))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def supervisor() -> Supervisor:
    supervisor: Any = Supervisor(start=lambda _: None, count=2, patience=1.0, random=lambda: 0.0)  # type: ignore[arg-type,return-value]
    supervisor.running = {1: FakeProcess(), 2: FakeProcess()}
    result: Supervisor = supervisor
    return result


@pytest.fixture
def family(supervisor: Supervisor, clock: FakeClock) -> Family:
    settings = Settings(QUEUE_URL="https://sqs.eu-west-1.amazonaws.com/123456789012/jobs")
    return Family(supervisor=supervisor, configuration=Configuration.of_one(settings), clock=clock)


def told(supervisor: Any) -> list[list[tuple[Any, ...]]]:
    return [process.told for process in supervisor.running.values()]


def begin_another(supervisor: Any) -> FakeProcess:
    process = FakeProcess()
    for on_start in supervisor.on_start:
        on_start(process)
    return process


async def test_a_pause_and_its_end_reach_every_process(family: Family, supervisor: Supervisor) -> None:
    family.pause(seconds=5.0)
    family.resume()
    assert told(supervisor) == [[("pause", None, 5.0), ("resume", None)]] * 2


async def test_a_process_that_is_started_during_a_pause_is_paused_for_the_rest_of_it(
    family: Family, supervisor: Supervisor, clock: FakeClock
) -> None:
    family.pause(seconds=5.0)
    clock.advance(2.0)
    assert begin_another(supervisor).told == [("pause", None, 3.0)]
    clock.advance(4.0)
    assert begin_another(supervisor).told == []


async def test_a_process_that_is_started_after_a_pause_is_not_paused(family: Family, supervisor: Supervisor) -> None:
    family.pause()
    family.resume()
    assert begin_another(supervisor).told == []


async def test_a_process_that_is_started_gets_the_orders_that_hold_in_their_order(
    family: Family, supervisor: Supervisor
) -> None:
    family.pause()
    family.resume(queue="")
    assert begin_another(supervisor).told == [("pause", None, None), ("resume", "")]
    family.pause()
    assert begin_another(supervisor).told == [("pause", None, None)]
    family.resume()
    family.pause(queue="", seconds=5.0)
    family.resume(queue="")
    assert begin_another(supervisor).told == []


async def test_a_queue_that_does_not_exist_cannot_be_paused(family: Family) -> None:
    with pytest.raises(UnknownQueue):
        family.pause(queue="mails")


async def test_before_the_first_answer_all_processes_are_shown_as_starting(family: Family) -> None:
    snapshot = family.snapshot()
    assert [(state.number, state.ready) for state in snapshot.processes] == [(1, False), (2, False)]
    assert [closure.reason.value for closure in snapshot.closures] == ["starting"]


async def test_a_worker_that_a_reload_removed_is_no_longer_shown(family: Family, supervisor: Any) -> None:
    assert [*family.snapshot().workers] == [""]
    for process in supervisor.running.values():
        process.snapshot = Snapshot(tasks=(), queues={}, workers={}, draining=False, ready=True)

    assert [*family.snapshot().workers] == []


async def test_after_a_reload_the_new_queues_are_known(family: Family, supervisor: Any) -> None:
    settings = Settings(QUEUE_URL="https://sqs.eu-west-1.amazonaws.com/123456789012/mails")
    before = Configuration.of_one(settings)
    family.follow(replace(before, queues={"mails": before.queues[""]}))
    family.pause(queue="mails")

    assert told(supervisor) == [[("pause", "mails", None)]] * 2
    assert [*family.snapshot().queues] == ["mails"]
