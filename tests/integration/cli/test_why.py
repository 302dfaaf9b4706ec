"""``sqsd why`` against a running daemon with a failing worker, with the real commands."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.raw_answers import respond
from sqsd_adapters.testing.raw_worker import RawWorker
from tests.integration.cli.conftest import House
from tests.support.command import CREDENTIALS, Command, Ended, command, run
from tests.support.embedded import embedded_server

pytestmark = pytest.mark.integration

FAILURE = b"HTTP/1.1 500 Oops\r\nContent-Length: 11\r\n\r\nno database"


@dataclass(kw_only=True)
class Stage:
    """A daemon whose jobs fail three times and are dead letters then."""

    queue: EmbeddedQueue
    daemon: Command
    port: int
    env: dict[str, str]

    async def why(self, *arguments: str) -> Ended:
        return await run("why", *arguments, env={"MONITORING_PORT": str(self.port), "TZ": "UTC", "COLUMNS": "200"})

    async def fail_for_good(self, body: str) -> str:
        """Send a message, and wait until its last try has failed."""
        message_id = self.queue.send(body)
        while True:
            record = await self.daemon.until("job failed")
            if record["message_id"] == message_id and "next_try" in record:
                return message_id


@pytest.fixture
async def stage(free_port: int) -> AsyncIterator[Stage]:
    async with embedded_server(redrive=("jobs", "dead", 3)) as server, RawWorker(respond(FAILURE)) as worker:
        env = {
            **CREDENTIALS,
            "AWS_REGION": "us-east-1",
            "QUEUE_URL": server.queue_url("jobs"),
            "INVOKER_URL": worker.url,
            "FETCHER_WAIT_TIME": "1s",
            "ERROR_VISIBILITY_TIMEOUT": "1s",
            "ERROR_VISIBILITY_TIMEOUT_MAX": "1s",
            "MONITORING_PORT": str(free_port),
            "LOG_ANSWERS": "100",
        }
        async with command(env=env) as daemon:
            await daemon.until("receiving")
            yield Stage(queue=EmbeddedQueue(sqs=server.sqs, name="jobs"), daemon=daemon, port=free_port, env=env)
            assert (await daemon.drained()).code == 0


async def test_why_did_this_message_fail_three_times(stage: Stage) -> None:
    message_id = await stage.fail_for_good("poison")

    life = await stage.why(message_id[:8])
    causes = await stage.why("--failed")
    listed = await stage.why("--cause", "status 500")
    answer = json.loads((await stage.why(message_id, "--json")).stdout)
    dead = await run("dlq", "ls", env=stage.env)
    deaf = await run("dlq", "ls", "--address", "127.0.0.1:1", env=stage.env)

    assert (life.code, life.stderr) == (0, "")
    for count in (1, 2, 3):
        assert f"received ({count})" in life.stdout
    assert life.stdout.count('"no database"') == 3
    assert f"SQS moves it to dead   → sqsd dlq peek dead --id {message_id}" in life.stdout
    assert life.stdout.count("times in UTC") == 1
    assert "status 500" in causes.stdout
    assert "1 dead" in causes.stdout
    assert message_id in listed.stdout
    assert "dead: status 500 ×1" in dead.stdout
    assert "status 500" not in deaf.stdout
    assert "127.0.0.1:1" in deaf.stderr
    (message,) = answer["messages"]
    assert (message["queue"], message["now"], message["cause"]) == ("jobs", "dead", "status 500")
    assert [event["receive_count"] for event in message["events"] if event["kind"] == "received"] == [1, 2, 3]
    assert all(event["at"].endswith("Z") for event in message["events"])


async def test_a_message_that_is_not_known_names_the_daemons_that_were_asked(stage: Stage) -> None:
    ended = await stage.why("ffffffff", "--address", f"127.0.0.1:{stage.port}", "--address", "127.0.0.1:1")

    assert ended.code == 1
    assert "no daemon that was asked knows message ffffffff" in ended.stderr
    assert f"127.0.0.1:{stage.port} (" in ended.stderr
    assert "remembers 0 messages, all since" in ended.stderr
    assert "127.0.0.1:1" in ended.stderr


async def test_nothing_to_look_for_is_said() -> None:
    ended = await run("why")
    assert (ended.code, ended.stdout) == (2, "")
    assert "pass the id of a message, its beginning, or --failed" in ended.stderr


async def test_a_message_of_before_a_restart_is_known(house: House, free_port: int, tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite"
    env = {**house.env, "MONITORING_PORT": str(free_port), "HISTORY_FILE": str(file)}
    message_id = house.queue.send("hello")
    async with command(env=env) as daemon:
        await house.empty()
        assert (await daemon.drained()).code == 0
    async with command(env=env) as daemon:
        await daemon.until("receiving")
        ended = await run("why", message_id, env={"MONITORING_PORT": str(free_port)})
        assert (await daemon.drained()).code == 0
    assert (ended.code, ended.stderr) == (0, "")
    assert "received (1)" in ended.stdout
    assert "now: done" in ended.stdout
