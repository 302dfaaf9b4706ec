"""PROCESSES as a user meets it: one command, several processes, and one way to watch and to stop them."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from tests.support.children import all_receiving, children, is_running, several
from tests.support.command import command, run
from tests.support.fault_proxy import BLACK_HOLE
from tests.support.ledger import Attempt
from tests.support.recording_worker import after, answering, hang
from tests.support.stage import POLL, Stage, numbered, staged, within

pytestmark = pytest.mark.integration

LONG = 30.0  # seconds: the machine may be busy
DELETED = 'sqsd_messages_deleted_total{queue="jobs"} 20.0\n'


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as stage:
        yield stage


def events(lines: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.splitlines()]


async def test_every_process_receives_and_a_signal_ends_all_with_0(stage: Stage) -> None:
    async with command(env=several(stage)) as daemon:
        assert await all_receiving(daemon) == {1, 2}
        sent = stage.send(numbered(40))
        await within(LONG, lambda: stage.queue.is_empty)
        ended = await daemon.drained()
    assert (ended.code, ended.stderr) == (0, "")
    assert sorted(stage.ledger.bodies) == sorted(sent)
    stopped = [event.get("process_number") for event in events(ended.stdout) if event["event"] == "stopped"]
    assert stopped[-1] is None
    assert sorted(filter(None, stopped)) == [1, 2]


async def test_one_process_has_no_parent(stage: Stage) -> None:
    async with command(env=several(stage, 1)) as daemon:
        record = await daemon.until("receiving")
        assert "process_number" not in record
        assert children(daemon) == []
        assert (await daemon.drained()).code == 0


async def test_a_process_that_is_killed_is_started_again(stage: Stage) -> None:
    async with command(env=several(stage)) as daemon:
        await all_receiving(daemon)
        os.kill(children(daemon)[0], signal.SIGKILL)
        ended = await daemon.until("process ended, starting another")
        assert (ended["level"], ended["signal"]) == ("error", "SIGKILL")
        again = await daemon.until("receiving")
        assert again["process_number"] == ended["process_number"]
        assert len(children(daemon)) == 2
        assert (await daemon.drained()).code == 0


async def test_no_process_outlives_a_parent_that_is_killed(stage: Stage) -> None:
    gate = asyncio.Event()
    stage.worker.job = after(gate)
    async with command(env=several(stage)) as daemon:
        await all_receiving(daemon)
        sent = stage.send(numbered(8))
        await within(LONG, lambda: stage.ledger.running == 8)
        orphans = children(daemon)
        assert len(orphans) == 2
        daemon.signal(signal.SIGKILL)
        await within(LONG, lambda: not is_running(daemon.process.pid))
        gate.set()
        await within(LONG, lambda: not any(map(is_running, orphans)))
        assert (await daemon.ended()).code == -signal.SIGKILL
    assert stage.ledger.succeeded == set(sent)
    assert stage.queue.is_empty


async def test_a_process_whose_parent_is_killed_during_the_start_ends_as_well(stage: Stage) -> None:
    async with command(env=several(stage)) as daemon:
        await within(LONG, lambda: len(children(daemon)) == 2)
        orphans = children(daemon)
        daemon.signal(signal.SIGKILL)
        await within(LONG, lambda: not any(map(is_running, orphans)))
        await daemon.ended()


async def test_a_process_whose_parent_is_killed_before_it_says_what_to_run_ends_without_a_word(stage: Stage) -> None:
    born = {**stage.env, "_SQSD_PROCESS": "1:0:1:2"}  # descriptors that are there
    async with command(env=born, stdin=asyncio.subprocess.DEVNULL) as process:
        ended = await process.ended()
    assert (ended.code, ended.stdout, ended.stderr) == (0, "", "")


async def test_what_has_to_be_fixed_first_is_said_once_and_ends_all_with_2(stage: Stage) -> None:
    url = stage.env["QUEUE_URL"] + "-that-does-not-exist"
    ended = await run(env=several(stage, 3, QUEUE_URL=url))
    assert ended.code == 2
    assert ended.stderr.count("does not exist") == 1
    assert "starting another" not in ended.stdout


async def test_an_embedded_queue_is_refused_with_several_processes() -> None:
    ended = await run(env={"QUEUE_URL": "memory://jobs", "INVOKER_URL": "http://127.0.0.1:9/", "PROCESSES": "auto"})
    assert ended.code == 2
    assert "PROCESSES=auto: QUEUE_URL is a queue in one process" in ended.stderr


@pytest.mark.parametrize("requests", [1, 2])
async def test_a_signal_to_the_whole_group_counts_once_in_each_process(stage: Stage, requests: int) -> None:
    """As Ctrl-C in a terminal, and systemd with KillMode=control-group."""
    gate = asyncio.Event()
    stage.worker.job = after(gate) if requests == 1 else hang
    async with command(env=several(stage), start_new_session=True) as daemon:
        await all_receiving(daemon)
        stage.send(numbered(8))
        await within(LONG, lambda: stage.ledger.running == 8)
        for _ in range(requests):
            os.killpg(daemon.process.pid, signal.SIGINT)
            await daemon.until("draining" if _ == 0 else "stopping at once")
            await asyncio.sleep(0.2)  # the second way to each process
        gate.set()
        ended = await daemon.ended()
    assert ended.code == (0 if requests == 1 else 3)
    assert len(stage.ledger.succeeded) == (8 if requests == 1 else 0)


async def test_a_signal_to_the_group_counts_once_in_processes_that_are_starting_too(stage: Stage) -> None:
    stage.sqs_proxy.to_server = BLACK_HOLE
    async with command(env=several(stage), start_new_session=True) as daemon:
        for _ in range(3):
            await daemon.until("starting")
        await asyncio.sleep(0.5)  # until they ask the queue
        os.killpg(daemon.process.pid, signal.SIGINT)
        ended = await daemon.ended()
    assert ended.code == 0
    assert "stopping at once" not in ended.stdout


async def test_a_message_that_both_receive_runs_once(stage: Stage) -> None:
    stage.faults.add(Fault(kind=FaultKind.DUPLICATE, operation=POLL, probability=1.0))
    gate = asyncio.Event()
    stage.worker.job = after(gate)
    async with command(env=several(stage, VISIBILITY_TIMEOUT="2s")) as daemon:
        await all_receiving(daemon)
        sent = stage.send(numbered(4))
        await within(LONG, lambda: stage.ledger.running == 4)
        await asyncio.sleep(0.5)  # for the duplicates
        gate.set()
        stage.faults.clear()
        await within(LONG, lambda: stage.queue.is_empty)
        await daemon.drained()
    assert sorted(stage.ledger.bodies) == sorted(sent)


async def test_behind_poison_each_message_of_a_group_runs_whichever_process_receives_it() -> None:
    async with staged(queue="jobs.fifo", max_receive_count=1) as stage:
        stage.worker.job = unless_poison
        async with command(env=several(stage, 3)) as daemon:
            await all_receiving(daemon, 3)
            sent = {group: [f"{kind} of {group}" for kind in ("poison", "a", "b", "c")] for group in "uvwxyz"}
            for group, bodies in sent.items():
                for body in bodies:
                    stage.queue.send(body, group_id=group)
            await within(LONG, lambda: stage.queue.is_empty)
            ended = await daemon.drained()
        assert ended.code == 0
        assert sorted(stage.queue.dead_letters) == [bodies[0] for bodies in sent.values()]
    ran = {group: list(dict.fromkeys(body for body in stage.ledger.bodies if body.endswith(group))) for group in sent}
    assert ran == sent


async def unless_poison(attempt: Attempt) -> int:
    await asyncio.sleep(0.05)
    return 500 if attempt.body.startswith("poison") else 200


class TestMonitors:
    async def test_one_port_shows_the_tasks_of_all(self, stage: Stage, free_port: int) -> None:
        stage.worker.job = hang
        async with command(env=several(stage, MONITORING_PORT=str(free_port), DRAIN_TIMEOUT="0s")) as daemon:
            await all_receiving(daemon)
            stage.send(numbered(8))
            await within(LONG, lambda: stage.ledger.running == 8)
            tasks = await run("tasks", "--address", f"127.0.0.1:{free_port}")
            assert "8 tasks in flight" in tasks.stdout
            status = await run("status", "--json", "--address", f"127.0.0.1:{free_port}")
            [shown] = json.loads(status.stdout)["daemons"]
            assert [(each["number"], each["slots"], each["busy"]) for each in shown["processes"]] == [
                (1, 4, 4),
                (2, 4, 4),
            ]
            assert (await daemon.drained()).code == 3

    async def test_probes_tell_of_the_sum_and_of_each_process(self, stage: Stage, free_port: int) -> None:
        async with command(env=several(stage, PROBE_PORT=str(free_port))) as daemon:
            await all_receiving(daemon)
            stage.send(numbered(20))
            await within(LONG, lambda: stage.queue.is_empty)
            await _until(lambda: DELETED in _get(free_port, "metrics"))
            metrics = _get(free_port, "metrics")
            assert _get(free_port, "readyz") == "ready\n"
            os.kill(children(daemon)[0], signal.SIGKILL)
            await _until(lambda: 'sqsd_process_restarts_total{process="1"} 1.0\n' in _get(free_port, "metrics"))
            await daemon.until("receiving")
            later = _get(free_port, "metrics")
            await daemon.drained()
        assert 'sqsd_slots{worker="jobs"} 8.0\n' in metrics
        assert 'sqsd_process_up{process="1"} 1.0\n' in metrics
        assert 'sqsd_process_ready{process="2"} 1.0\n' in metrics
        assert DELETED in later

    async def test_the_history_of_all_answers(self, stage: Stage, free_port: int) -> None:
        stage.worker.job = answering(500)
        env = several(
            stage, MONITORING_PORT=str(free_port), ERROR_VISIBILITY_TIMEOUT="60s", ERROR_VISIBILITY_TIMEOUT_MAX="60s"
        )
        async with command(env=env) as daemon:
            await all_receiving(daemon)
            stage.send(numbered(20))
            await within(LONG, lambda: len(stage.ledger.attempts) == 20)
            why = await run("why", "--failed", "--json", "--address", f"127.0.0.1:{free_port}")
            processes = {event["by"] for life in json.loads(why.stdout)["messages"] for event in life["events"][:1]}
            await daemon.drained()
        assert [(cause["reason"], cause["messages"]) for cause in json.loads(why.stdout)["causes"]] == [
            ("status 500", 20)
        ]
        assert len(processes) == 2

    async def test_a_port_that_is_taken_ends_the_parent_before_it_starts_processes(
        self, stage: Stage, free_port: int
    ) -> None:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", free_port)
        async with server:
            ended = await run(env=several(stage, PROBE_PORT=str(free_port)))
        assert ended.code == 2
        assert ended.stderr.count("PROBE_PORT") == 1
        assert "process_number" not in ended.stdout


class TestReload:
    async def test_processes_is_read_again_from_the_env_file(self, stage: Stage, tmp_path: Path) -> None:
        file = tmp_path / "sqsd.env"
        file.write_text("PROCESSES=2\n")
        file.chmod(0o600)
        env = {name: value for name, value in several(stage).items() if name != "PROCESSES"}
        async with command("-e", str(file), env=env) as daemon:
            await all_receiving(daemon)
            file.write_text("PROCESSES=3\n")
            daemon.signal(signal.SIGUSR1)
            changed = await daemon.until("number of processes changed")
            assert (changed["before"], changed["processes"]) == (2, 3)
            assert (await daemon.until("receiving"))["process_number"] == 3
            file.write_text("PROCESSES=zero\n")
            daemon.signal(signal.SIGUSR1)
            assert "PROCESSES=zero" in (await daemon.until("reload refused, nothing has changed"))["reason"]
            file.write_text("PROCESSES=1\n")
            daemon.signal(signal.SIGUSR1)
            await within(LONG, lambda: len(children(daemon)) == 1)
            sent = stage.send(numbered(10))
            await within(LONG, lambda: stage.queue.is_empty)
            assert (await daemon.drained()).code == 0
        assert stage.ledger.succeeded == set(sent)

    async def test_every_process_reads_the_configuration_file_again(self, stage: Stage, tmp_path: Path) -> None:
        file = tmp_path / "sqsd.toml"
        env = {name: value for name, value in stage.env.items() if not name.startswith(("QUEUE_", "INVOKER_"))}

        def write(slots: int) -> None:
            file.write_text(
                f'processes = 2\n[worker.web]\nurl = "{stage.env["INVOKER_URL"]}"\nparallel_count = {slots}\n'
                f'[queue.jobs]\nurl = "{stage.env["QUEUE_URL"]}"\nworker = "web"\n'
            )
            file.chmod(0o600)

        write(1)
        async with command("-c", str(file), env=env) as daemon:
            await all_receiving(daemon)
            write(4)
            daemon.signal(signal.SIGUSR1)
            reloaded = {(await daemon.until("reloaded"))["process_number"] for _ in range(2)}
            assert reloaded == {1, 2}
            ended = await daemon.drained()
        assert ended.code == 0
        assert "changed variables need a restart" not in ended.stdout


def _get(port: int, path: str) -> str:
    """Blocks for a moment: the answer comes from another process."""
    with urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5) as answer:
        return str(answer.read(), "utf-8")


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.05)
