"""Row 27: whatever is done to the monitor, a daemon under load keeps its pace."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from sqsd_adapters.monitor.client import MonitorClient, MonitorUnavailable
from sqsd_adapters.testing.raw_answers import OK, Connection
from sqsd_adapters.testing.raw_worker import RawWorker
from tests.integration.cli.conftest import House
from tests.support.command import Command, command

pytestmark = [pytest.mark.integration, pytest.mark.slow]

SLOTS = 256  # so that an answer of the monitor is long
JOB = 0.5  # seconds
BACKLOG = 6_000  # more than can be done in the time of the test
WINDOW = 2.0  # seconds
ATTACKER = Path(__file__).with_name("attacker.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What a daemon did in a stretch of time."""

    #: a second
    invocations: float
    #: of the daemon's own time: 1.0 is one core
    cpu: float


async def pace(daemon: Command, worker: RawWorker) -> Pace:
    loop = asyncio.get_running_loop()
    began, done, cpu = loop.time(), len(worker.requests), cpu_of(daemon.process.pid)
    await asyncio.sleep(WINDOW)
    elapsed = loop.time() - began
    return Pace(
        invocations=(len(worker.requests) - done) / elapsed,
        cpu=(cpu_of(daemon.process.pid) - cpu) / elapsed,
    )


def cpu_of(pid: int) -> float:
    """Seconds of user and system time; fields 14 and 15 of proc(5)'s stat."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def work(connection: Connection) -> None:
    await asyncio.sleep(JOB)
    await connection.send(OK)


@asynccontextmanager
async def attack(port: int) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ATTACKER), str(port), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            assert await process.stdout.readline() == b"begun\n"
        await asyncio.sleep(0.5)  # until the bursts that are allowed have been spent
        yield
        assert process.returncode is None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_row_27_a_flood_slow_readers_and_huge_requests_take_no_time_from_the_jobs(
    house: House, free_port: int
) -> None:
    async with RawWorker(work) as worker:
        settings = {"INVOKER_URL": worker.url, "INVOKER_PARALLEL_COUNT": str(SLOTS), "MONITORING_PORT": str(free_port)}
        async with command(env={**house.env, **settings, "LOG_LEVEL": "warning"}) as daemon:
            for number in range(BACKLOG):
                house.queue.send(f"job {number}")
            await worker.until(lambda seen: len(seen.requests) > 2 * SLOTS)
            in_peace = await pace(daemon, worker)
            async with attack(free_port):
                attacked = await pace(daemon, worker)
            assert not house.queue.is_empty  # or the pace would be that of an empty queue
            ended = await daemon.drained()
    assert attacked.invocations > in_peace.invocations / 2
    assert attacked.cpu < in_peace.cpu + 0.5
    assert (ended.code, ended.stderr) == (0, "")


async def test_row_27_the_monitor_answers_again_when_the_flood_is_over(house: House, free_port: int) -> None:
    async with command(env={**house.env, "MONITORING_PORT": str(free_port)}) as daemon:
        await daemon.until("queue found")
        async with attack(free_port):
            pass
        async with asyncio.timeout(10):
            await answered(free_port)
        await daemon.drained()


async def answered(port: int) -> None:
    """Ask until there is an answer: the connections of the attacker end when the daemon hears of its end."""
    while True:
        with suppress(MonitorUnavailable):
            async with MonitorClient(address=f"127.0.0.1:{port}") as client:
                await client.current_workings()
                return
        await asyncio.sleep(0.1)
