"""What systemd is told, in virtual time."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from sqsd_adapters.observer.systemd import EXTENSION, Systemd, status_of, systemd
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_core import Closure, Reason, Snapshot, WorkerState
from sqsd_core.policy.breaker import Breaker, BreakerSettings

STARTING = Closure(reason=Reason.STARTING, since=0.0)
PAUSED = Closure(reason=Reason.PAUSED, since=0.0)
AWAY = Closure(reason=Reason.QUEUE_UNAVAILABLE, since=0.0, why="what a peer said")
BUSY = Closure(reason=Reason.SLOTS_BUSY, since=0.0)
WORKER = WorkerState(
    slots=4,
    running=3,
    buffered=0,
    breaker=Breaker(settings=BreakerSettings(failures=5, cooldown=1.0, cooldown_max=30.0)),
)


def snapshot(*closures: Closure, draining: bool = False) -> Snapshot:
    return Snapshot(
        tasks=(),
        queues={},
        workers={"": WORKER},
        draining=draining,
        ready=not closures,
        closures=closures,
        outcomes=Counter(Succeeded=7, Failed=1, RetryLater=1),
    )


class Told:
    """The socket: notes what is sent, and when."""

    def __init__(self) -> None:
        self.sent: list[tuple[float, Sequence[str]]] = []
        self.works = True

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def send(self, lines: Sequence[str]) -> bool:
        if self.works:
            self.sent.append((asyncio.get_running_loop().time(), lines))
        return self.works

    def lines(self, name: str) -> list[str]:
        return [line for _, lines in self.sent for line in lines if line.startswith(f"{name}=")]

    def times(self, name: str) -> list[float]:
        return [at for at, lines in self.sent if any(line.startswith(f"{name}=") for line in lines)]


class Daemon:
    """The port Monitor with a state that the test sets."""

    def __init__(self, state: Snapshot) -> None:
        self.state = state

    def snapshot(self) -> Snapshot:
        return self.state


def observer(told: Told, daemon: Daemon, watchdog: float | None = None) -> Systemd:
    made = Systemd(socket=told, clock=LoopClock(), watchdog=watchdog)
    made.watch(daemon)
    return made


async def test_a_service_that_starts_asks_for_time_until_it_is_ready() -> None:
    told, daemon = Told(), Daemon(snapshot(STARTING))
    async with observer(told, daemon) as service:
        await asyncio.sleep(60)
        assert told.lines("READY") == []
        asked = told.times("EXTEND_TIMEOUT_USEC")
        assert max(later - earlier for earlier, later in pairwise(asked)) < EXTENSION / 2
        daemon.state = snapshot()
        service.opened(STARTING)
        await asyncio.sleep(0.1)
        assert told.lines("READY") == ["READY=1"]
        await asyncio.sleep(60)
    assert len(told.times("EXTEND_TIMEOUT_USEC")) == len(asked)
    assert told.lines("READY") == ["READY=1"]


@pytest.mark.parametrize(("closures", "ready"), [([STARTING], 0), ([STARTING, BUSY], 0), ([STARTING, AWAY], 1)])
async def test_another_reason_not_to_receive_ends_the_start(closures: list[Closure], ready: int) -> None:
    told = Told()
    async with observer(told, Daemon(snapshot(*closures))):
        pass
    assert len(told.lines("READY")) == ready


async def test_a_sign_of_life_comes_each_half_of_the_watchdogs_time() -> None:
    told = Told()
    async with observer(told, Daemon(snapshot()), watchdog=3.0):
        await asyncio.sleep(7)
    assert told.times("WATCHDOG") == [0.0, 1.5, 3.0, 4.5, 6.0]


async def test_a_status_is_sent_when_it_changes() -> None:
    told, daemon = Told(), Daemon(snapshot())
    async with observer(told, daemon) as service:
        await asyncio.sleep(60)
        daemon.state = snapshot(PAUSED)
        service.closed(PAUSED)
        await asyncio.sleep(60)
    assert [line.partition(" (")[0] for line in told.lines("STATUS")] == ["STATUS=receiving", "STATUS=paused"]


async def test_what_could_not_be_sent_is_sent_again() -> None:
    told = Told()
    told.works = False
    async with observer(told, Daemon(snapshot())):
        await asyncio.sleep(1)
        told.works = True
        await asyncio.sleep(10)
    assert told.lines("READY") == ["READY=1"]


async def test_a_reload_during_the_drain_does_not_call_the_service_ready_again() -> None:
    told, daemon = Told(), Daemon(snapshot())
    async with observer(told, daemon) as service:
        with service.reloading():
            daemon.state = snapshot(draining=True)
            service.closed(replace(PAUSED, reason=Reason.DRAINING))
            await asyncio.sleep(0.1)
    assert len(told.lines("READY")) == 1
    assert told.lines("STOPPING") == ["STOPPING=1"]


def test_the_status_says_what_holds_and_counts_what_was_done() -> None:
    assert status_of(snapshot()) == "receiving (3 of 4 slots busy, 7 succeeded, 2 did not)"
    assert status_of(snapshot(AWAY, BUSY)).startswith("the queue does not answer (")


def test_a_name_with_a_line_break_adds_no_assignment() -> None:
    assert "\n" not in status_of(snapshot(replace(PAUSED, where="jobs\nREADY=1")))


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, False),
        ({"NOTIFY_SOCKET": ""}, False),
        ({"NOTIFY_SOCKET": "vsock:2:1"}, False),
        ({"NOTIFY_SOCKET": "/run/notify"}, True),
        ({"NOTIFY_SOCKET": "@abstract"}, True),
    ],
)
def test_only_a_unix_socket_is_told(environ: dict[str, str], told: bool) -> None:
    assert (systemd(environ=environ, pid=1, clock=LoopClock()) is not None) is told


@pytest.mark.parametrize(
    ("environ", "signs"),
    [
        ({"WATCHDOG_USEC": "4000000"}, 2),
        ({"WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "42"}, 2),
        ({"WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "1"}, 0),
        ({"WATCHDOG_USEC": "0"}, 0),
        ({"WATCHDOG_USEC": "soon"}, 0),
    ],
)
async def test_a_watchdog_counts_where_it_is_for_this_process(environ: dict[str, str], signs: int) -> None:
    told = Told()
    service = systemd(environ={"NOTIFY_SOCKET": "/run/notify", **environ}, pid=42, clock=LoopClock())
    assert service is not None
    service._socket = told
    service.watch(Daemon(snapshot()))
    async with service:
        await asyncio.sleep(3)
    assert len(told.times("WATCHDOG")) == signs
