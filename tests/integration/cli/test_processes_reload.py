"""All processes of a parent run one accepted configuration, whatever the files say and whichever process restarts."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.children import all_receiving, children, several
from tests.support.command import Command, command, run
from tests.support.stage import Stage, numbered, staged, within

pytestmark = pytest.mark.integration

LONG = 30.0  # seconds: the machine may be busy
ENDED = "process ended, starting another"
REFUSED = "reload refused, nothing has changed"
KEPT = "changed variables need a restart"
#: an invoker that only the first process which opens it can open
OPENED_ONCE = """
import os, pathlib

class Opened:
    async def __aenter__(self):
        os.close(os.open(pathlib.Path(__file__).with_name("taken"), os.O_CREAT | os.O_EXCL))
        return self

    async def __aexit__(self, *_): ...

    async def invoke(self, message): ...
"""
PADDING = "x" * 200_000  # more than a pipe holds
TICKS = 'version: 1\ncron:\n  - name: "tick"\n    url: "/tick"\n    schedule: "0 0 1 1 *"\n'


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as stage:
        yield stage


class File:
    """``sqsd.toml`` of two processes, and the environment in which it is read."""

    def __init__(self, stage: Stage, path: Path) -> None:
        self.path = path / "sqsd.toml"
        self._stage = stage

    @property
    def env(self) -> dict[str, str]:
        kept = {name: value for name, value in self._stage.env.items() if not name.startswith(("QUEUE_", "INVOKER_"))}
        return {**kept, "PYTHONPATH": str(self.path.parent)}

    def write(self, *, top: str = "", worker: str = "", queue: str = "") -> None:
        worker = worker or f'url = "{self._stage.env["INVOKER_URL"]}"'
        self.path.write_text(
            f"processes = 2\n{top}\n[worker.web]\n{worker}\n"
            f"# {PADDING}\n"
            f'[queue.jobs]\nurl = "{self._stage.env["QUEUE_URL"]}"\nworker = "web"\n{queue}\n'
        )
        self.path.chmod(0o600)


@pytest.fixture
def file(stage: Stage, tmp_path: Path) -> File:
    file = File(stage, tmp_path)
    file.write()
    return file


async def restart(daemon: Command, number: int = 0) -> None:
    """Kill a process, and wait until the one that takes its place receives."""
    os.kill(children(daemon)[number], signal.SIGKILL)
    killed = await daemon.until(ENDED)
    assert killed["signal"] == "SIGKILL"
    again = await daemon.until("receiving", ENDED)
    while (again["event"], again["process_number"]) != ("receiving", killed["process_number"]):
        assert again["event"] == "receiving"  # of the other process, after a reload
        again = await daemon.until("receiving", ENDED)


async def test_a_process_is_started_again_with_the_file_that_is_accepted_after_a_reload_was_refused(file: File) -> None:
    async with command("-c", str(file.path), env=file.env) as daemon:
        await all_receiving(daemon)
        file.write(worker="urll = 1")
        daemon.signal(signal.SIGUSR1)
        assert "urll" in (await daemon.until(REFUSED))["reason"]
        await restart(daemon)
        assert (await daemon.drained()).code == 0


async def test_a_process_is_not_started_again_with_a_file_that_no_reload_has_read(
    stage: Stage, file: File, free_port: int
) -> None:
    env = {**file.env, "MONITORING_PORT": str(free_port)}
    worker = f'url = "{stage.env["INVOKER_URL"]}"\nparallel_count = '
    file.write(worker=worker + "1")
    async with command("-c", str(file.path), env=env) as daemon:
        await all_receiving(daemon)
        file.write(worker=worker + "2")
        await restart(daemon)
        assert await slots(free_port) == [1, 1]
        daemon.signal(signal.SIGUSR1)
        assert {(await daemon.until("reloaded"))["process_number"] for _ in range(2)} == {1, 2}
        file.path.unlink()
        await restart(daemon)
        assert await slots(free_port) == [2, 2]
        assert (await daemon.drained()).code == 0


async def slots(port: int) -> list[int]:
    status = await run("status", "--json", "--address", f"127.0.0.1:{port}")
    [shown] = json.loads(status.stdout)["daemons"]
    return [each["slots"] for each in shown["processes"]]


async def test_what_one_process_refuses_none_applies(stage: Stage, file: File, tmp_path: Path) -> None:
    (tmp_path / "opened_once.py").write_text(OPENED_ONCE)
    async with command("-c", str(file.path), env=file.env) as daemon:
        await all_receiving(daemon)
        file.write(worker='invoker = "opened_once:Opened"')
        daemon.signal(signal.SIGUSR1)
        refused = [await daemon.until(REFUSED) for _ in range(2)]  # the process says where, the parent for all
        assert {each["process_number"] for each in refused} <= {1, 2}
        assert all("FileExistsError" in each["reason"] for each in refused)
        sent = stage.send(numbered(8))
        await within(LONG, lambda: stage.queue.is_empty)
        ended = await daemon.drained()
    assert stage.ledger.succeeded == set(sent)  # they went to the worker, not to the invoker of the new file
    assert "reloaded" not in {json.loads(line)["event"] for line in ended.stdout.splitlines()}
    assert ended.code == 0


async def test_a_cron_file_that_is_gone_does_not_keep_a_process_from_starting_again(
    stage: Stage, tmp_path: Path
) -> None:
    cron = tmp_path / "cron.yaml"
    cron.write_text(TICKS)
    async with command(env=several(stage, CRON_FILE=str(cron))) as daemon:
        await all_receiving(daemon)
        cron.write_text("version: 2\n")
        daemon.signal(signal.SIGUSR1)
        refused = await daemon.until(REFUSED)
        assert "cron.yaml" in refused["reason"]
        cron.unlink()
        await restart(daemon)
        cron.write_text(TICKS.replace("tick", "tock"))
        daemon.signal(signal.SIGUSR1)
        read = [await daemon.until("CRON_FILE read again") for _ in range(2)]
        assert {each["process_number"]: each["tasks"] for each in read} == {1: ["tock"], 2: ["tock"]}
        assert (await daemon.drained()).code == 0


async def test_a_number_that_was_refused_does_not_keep_a_process_from_starting_again(
    stage: Stage, tmp_path: Path
) -> None:
    file = tmp_path / "sqsd.env"
    file.write_text("PROCESSES=2\n")
    file.chmod(0o600)
    env = {name: value for name, value in several(stage).items() if name != "PROCESSES"}
    async with command("-e", str(file), env=env) as daemon:
        await all_receiving(daemon)
        file.write_text("PROCESSES=zero\n")
        daemon.signal(signal.SIGUSR1)
        await daemon.until(REFUSED)
        await restart(daemon)
        assert (await daemon.drained()).code == 0


async def test_a_signal_to_the_whole_group_reloads_once(file: File) -> None:
    async with command("-c", str(file.path), env=file.env, start_new_session=True) as daemon:
        await all_receiving(daemon)
        os.killpg(daemon.process.pid, signal.SIGUSR1)
        for _ in range(2):
            await daemon.until("reloaded")
        await asyncio.sleep(0.5)  # for the signal's other way
        ended = await daemon.drained()
    assert ended.stdout.count('"reloaded"') == 2


async def test_a_reload_that_is_asked_for_during_the_start_is_not_lost(file: File) -> None:
    async with command("-c", str(file.path), env=file.env) as daemon:
        await daemon.until("starting")
        file.write(queue="weight = 2")
        daemon.signal(signal.SIGUSR1)
        reloaded = [await daemon.until("reloaded") for _ in range(2)]
        assert {each["process_number"]: each["changed"] for each in reloaded} == {1: ["jobs"], 2: ["jobs"]}
        assert (await daemon.drained()).code == 0


async def test_what_needs_a_restart_of_the_daemon_is_not_applied_by_a_process_that_restarts(file: File) -> None:
    async with command("-c", str(file.path), env=file.env) as daemon:
        await all_receiving(daemon)
        file.write(top='log_level = "error"')
        daemon.signal(signal.SIGUSR1)
        said = [await daemon.until("reloaded", KEPT) for _ in range(3)]
        [kept] = [each for each in said if each["event"] == KEPT]
        assert (kept["variables"], kept.get("process_number")) == (["LOG_LEVEL"], None)
        await restart(daemon)  # its line "receiving" has the level info
        assert (await daemon.drained()).code == 0
