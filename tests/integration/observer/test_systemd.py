"""The daemon as a service of systemd: what it tells on NOTIFY_SOCKET, from its start to its end."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.children import all_receiving, children, several
from tests.support.command import command, run
from tests.support.jobs import BLOCK
from tests.support.notified import Notified
from tests.support.recording_worker import after
from tests.support.stage import Stage, numbered, staged, within

pytestmark = pytest.mark.integration


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as built:
        yield built


@pytest.fixture
async def systemd(tmp_path: Path) -> AsyncIterator[Notified]:
    with Notified.at(tmp_path) as systemd:
        yield systemd


def service(systemd: Notified, *, watchdog: float | None = None) -> dict[str, str]:
    """What systemd puts into the environment."""
    limit = {} if watchdog is None else {"WATCHDOG_USEC": str(int(watchdog * 1e6))}
    return {"NOTIFY_SOCKET": systemd.address, **limit}


async def test_a_service_is_ready_once_its_queue_has_answered(stage: Stage, systemd: Notified) -> None:
    async with command(env={**stage.env, **service(systemd)}) as daemon:
        ready = await systemd.until(lambda message: "READY" in message)
        await daemon.drained()
    assert ready["READY"] == "1"
    assert ready["STATUS"].startswith("receiving (0 of 1 slots busy")
    first = systemd.messages[0]
    assert (first.get("READY"), first["STATUS"].partition(" (")[0]) == (None, "the queue has not answered yet")


async def test_a_queue_that_cannot_be_reached_is_no_failed_start(stage: Stage, systemd: Notified) -> None:
    away = {"QUEUE_URL": "http://127.0.0.1:9/000000000000/jobs"}
    async with command(env={**stage.env, **away, **service(systemd)}):
        await systemd.has("READY")
        await systemd.until(lambda message: "the queue does not answer" in message.get("STATUS", ""))


async def test_a_service_with_an_abstract_socket_is_ready_as_well(stage: Stage) -> None:
    with Notified.abstract() as systemd:
        async with command(env={**stage.env, **service(systemd)}):
            assert await systemd.has("READY") == "1"


async def test_signs_of_life_come_while_the_loop_runs(stage: Stage, systemd: Notified) -> None:
    async with command(env={**stage.env, **service(systemd, watchdog=0.4)}):
        await within(20, lambda: systemd.count("WATCHDOG") >= 5)


async def test_a_blocked_loop_gives_no_sign_of_life(stage: Stage, systemd: Notified) -> None:
    async with command(env={**stage.inside("in_loop"), **service(systemd, watchdog=0.2)}):
        await systemd.has("READY")
        stage.queue.send("block")
        await within(20, lambda: _longest_pause(systemd) > BLOCK * 0.8)


def _longest_pause(systemd: Notified) -> float:
    return max((later - earlier for earlier, later in pairwise(systemd.times)), default=0.0)


async def test_a_drain_asks_for_time_while_it_lasts(stage: Stage, systemd: Notified) -> None:
    finished = asyncio.Event()
    stage.worker.job = after(finished)
    async with command(env={**stage.env, **service(systemd, watchdog=0.4)}) as daemon:
        stage.queue.send("job")
        await within(20, lambda: stage.ledger.attempts)
        daemon.signal(signal.SIGTERM)
        stopping = await systemd.until(lambda message: "STOPPING" in message)
        told = systemd.count("EXTEND_TIMEOUT_USEC")
        await within(20, lambda: systemd.count("EXTEND_TIMEOUT_USEC") > told + 1)
        finished.set()
        ended = await daemon.ended()
    assert ended.code == 0
    assert (stopping["STOPPING"], systemd.count("STOPPING")) == ("1", 1)
    assert stopping["STATUS"].startswith("draining (1 of 1 slots busy")
    assert int(stopping["EXTEND_TIMEOUT_USEC"]) >= 5_000_000


async def test_a_reload_is_told_with_its_time_and_its_end(stage: Stage, systemd: Notified) -> None:
    async with command(env={**stage.env, **service(systemd)}) as daemon:
        await systemd.has("READY")
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000
        daemon.signal(signal.SIGUSR1)
        reloading = await systemd.until(lambda message: "RELOADING" in message)
        await within(20, lambda: systemd.count("READY") == 2)
        await daemon.drained()
    after_it = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000
    assert reloading["RELOADING"] == "1"
    assert before <= int(reloading["MONOTONIC_USEC"]) <= after_it


async def test_the_parent_of_several_processes_tells_of_all(stage: Stage, systemd: Notified) -> None:
    finished = asyncio.Event()
    stage.worker.job = after(finished)
    env = {**stage.env, **service(systemd), "PROCESSES": "2", "INVOKER_PARALLEL_COUNT": "2"}
    async with command(env=env) as daemon:
        ready = await systemd.until(lambda message: "READY" in message)
        stage.send(numbered(4))
        await systemd.until(lambda message: "4 of 4 slots busy" in message.get("STATUS", ""))
        daemon.signal(signal.SIGTERM)
        stopping = await systemd.until(lambda message: "STOPPING" in message)
        finished.set()
        ended = await daemon.ended()
    assert (ready["READY"], systemd.count("READY"), systemd.count("STOPPING")) == ("1", 1, 1)
    assert int(stopping["EXTEND_TIMEOUT_USEC"]) >= 5_000_000
    assert ended.code == 0


async def test_of_several_processes_one_that_hangs_is_killed_and_started_again(stage: Stage, systemd: Notified) -> None:
    async with command(env={**several(stage), **service(systemd, watchdog=2.0)}) as daemon:
        await all_receiving(daemon)
        hanging, _ = children(daemon)
        os.kill(hanging, signal.SIGSTOP)
        killed = await daemon.until("process does not answer, killing it")
        ended = await daemon.until("process ended, starting another")
        again = await daemon.until("receiving")
        signs = systemd.count("WATCHDOG")
        await within(20, lambda: systemd.count("WATCHDOG") >= signs + 2)
        assert (await daemon.drained()).code == 0
    assert (killed["pid"], ended["pid"]) == (hanging, hanging)
    assert killed["silent_for"] >= 2.0
    assert again["process_number"] == killed["process_number"]


async def test_a_parent_that_has_to_be_fixed_first_ends_with_2_under_systemd_too(
    stage: Stage, systemd: Notified
) -> None:
    env = {**stage.env, **service(systemd), "PROCESSES": "2", "QUEUE_URL": stage.env["QUEUE_URL"] + "-of-nobody"}
    ended = await run(env=env)
    assert ended.code == 2
    assert ended.stderr.count("does not exist") == 1
