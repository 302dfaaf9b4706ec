"""``sqsd status``, ``tasks``, ``pause`` and ``resume``: a new user asks a real daemon with the real commands."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sqsd_adapters.monitor.grpc import GrpcMonitor
from sqsd_adapters.testing.raw_answers import OK, Answer, Connection
from sqsd_adapters.testing.raw_worker import RawWorker
from tests.integration.cli.conftest import House
from tests.support.certificates import Authority
from tests.support.command import TIMEOUT, Command, Ended, command, run
from tests.support.monitor import WatchedDaemon

pytestmark = pytest.mark.integration

NOWHERE = "127.0.0.1:1"


@dataclass(kw_only=True)
class Office:
    """A daemon at work, and who asks about it."""

    house: House
    daemon: Command
    port: int
    #: lets the jobs end
    release: asyncio.Event

    async def ask(self, *arguments: str) -> Ended:
        return await run(*arguments, env={"MONITORING_PORT": str(self.port)})

    async def until(self, *arguments: str, shows: str) -> Ended:
        """Ask until the answer shows this."""
        async with asyncio.timeout(TIMEOUT):
            while shows not in (answer := await self.ask(*arguments)).stdout:
                pass
        return answer


@pytest.fixture
async def office(house: House, free_port: int) -> AsyncIterator[Office]:
    release = asyncio.Event()
    async with RawWorker(_after(release)) as worker:
        env = {**house.env, "INVOKER_URL": worker.url, "MONITORING_PORT": str(free_port)}
        async with command(env=env) as daemon:
            await daemon.until("receiving")
            yield Office(house=house, daemon=daemon, port=free_port, release=release)
            release.set()
            assert (await daemon.drained()).code == 0


def _after(release: asyncio.Event) -> Answer:
    async def answer(connection: Connection) -> None:
        await release.wait()
        await connection.send(OK)

    return answer


async def test_what_runs_now(office: Office) -> None:
    message_id = office.house.queue.send("a")

    told = await office.until("status", shows=message_id)
    listed = await office.ask("tasks")
    (task,) = json.loads((await office.ask("tasks", "--json")).stdout)["tasks"]
    (daemon,) = json.loads((await office.ask("status", "--json")).stdout)["daemons"]

    assert (told.code, told.stderr) == (0, "")
    assert "● receiving" in told.stdout
    assert "1 of " in told.stdout
    assert message_id in listed.stdout
    assert (task["message_id"], task["queue"], task["receive_count"]) == (message_id, "jobs", 1)
    assert daemon["queues"][0]["lock_store"] == "memory"
    assert daemon["tasks_in_flight"] == 1


async def test_why_is_nothing_received_and_how_do_i_stop_receiving_now(office: Office) -> None:
    paused = await office.ask("pause", "--queue", "jobs", "--for", "10m", "--json")
    told = await office.ask("status")
    resumed = await office.ask("resume")
    after = await office.ask("status")

    (pause,) = json.loads(paused.stdout)["daemons"][0]["paused"]
    assert (pause["reason"], pause["until"] is not None) == ("paused", True)
    assert "▲ paused" in told.stdout
    assert "It ends in " in told.stdout
    assert "→ sqsd resume" in told.stdout
    assert resumed.stdout == "no queue is paused\n"
    assert "● receiving" in after.stdout


async def test_a_daemon_that_does_not_answer_keeps_the_other_from_nothing(office: Office) -> None:
    addresses = ("--address", f"127.0.0.1:{office.port}", "--address", NOWHERE)
    told = await office.ask("status", *addresses)
    paused = await office.ask("pause", *addresses)
    listed = await office.ask("tasks", *addresses)

    assert (told.code, paused.code, listed.code) == (1, 1, 1)
    assert "1 ● receiving" in told.stdout
    assert "2 ✖ no answer" in told.stdout
    assert paused.stdout == "paused\n"
    assert f"no daemon listens at {NOWHERE}" in paused.stderr
    assert "0 tasks in flight" in listed.stdout


async def test_a_queue_that_is_not_known_is_refused(office: Office) -> None:
    refused = await office.ask("pause", "--queue", "nothing")
    assert (refused.code, refused.stdout) == (2, "")
    assert "no queue is called 'nothing'" in refused.stderr


@pytest.mark.parametrize("asked", ["status", "tasks", "pause", "resume"])
async def test_without_a_daemon_it_is_said_that_none_listens(asked: str) -> None:
    ended = await run(asked, "--address", NOWHERE)
    assert (ended.code, ended.stdout) == (1, "")
    assert f"no daemon listens at {NOWHERE}" in ended.stderr


async def test_a_monitor_with_tls_and_a_token_is_asked_with_both(house: House, free_port: int, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = str(authority.issue("localhost"))
    env = {"MONITORING_HOST": "localhost", "MONITORING_PORT": str(free_port), "MONITORING_TOKEN": "open-sesame"}
    served = {"MONITORING_TLS_CERT": pair, "MONITORING_TLS_KEY": pair}
    trusted = ("--ca", str(authority.ca_file))
    async with command(env={**house.env, **env, **served}) as daemon:
        await daemon.until("receiving")
        answers = [await run(asked, *trusted, env=env) for asked in ("status", "tasks", "pause", "resume")]
        refused = await run("status", *trusted, env={**env, "MONITORING_TOKEN": "another"})
        await daemon.drained()

    assert [answer.code for answer in answers] == [0, 0, 0, 0]
    assert (refused.code, "requires another token" in refused.stdout + refused.stderr) == (2, True)


async def test_daemons_with_different_tokens_are_asked_with_a_file(tmp_path: Path) -> None:
    async with (
        GrpcMonitor(monitor=WatchedDaemon(), port=0, token="first") as one,
        GrpcMonitor(monitor=WatchedDaemon(), port=0, token="second") as other,
    ):
        addresses = [f"127.0.0.1:{monitor.port}" for monitor in (one, other)]
        file = tmp_path / "tokens"
        file.write_text(f"# one per daemon\n{addresses[0]} first\n\n{addresses[1]}\tsecond\n")
        file.chmod(0o600)
        named = [part for address in addresses for part in ("--address", address)]
        with_file = await run("tasks", *named, "--token-file", str(file))
        by_variable = await run("tasks", *named, env={"MONITORING_TOKEN_FILE": str(file)})
        without = await run("tasks", *named, env={"MONITORING_TOKEN": "first"})

    assert [ended.code for ended in (with_file, by_variable, without)] == [0, 0, 2]
    assert (with_file.stderr, by_variable.stderr) == ("", "")
