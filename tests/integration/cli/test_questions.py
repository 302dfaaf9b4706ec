"""Three questions of an operator, answered on a running daemon by the commands that README.md gives."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.redrive import redrive_to
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from tests.support.command import CREDENTIALS, Command, Ended, command, run, until
from tests.support.embedded import embedded_server
from tests.support.ledger import Ledger
from tests.support.recording_worker import RecordingWorker, answering, succeed

pytestmark = pytest.mark.integration

README = Path(__file__).parents[3] / "README.md"
LINE = re.compile(r"^\$ (sqsd [^#\n]+?) *(?:#.*)?$", re.MULTILINE)
TRIES = 3
WEEKS = "1209600"  # seconds


def of_readme(beginning: str) -> list[str]:
    """The arguments of the first command in README.md that begins so."""
    line = next(line for line in LINE.findall(README.read_text()) if line.startswith(beginning))
    return str(line).split()[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A daemon at work, and a person beside it."""

    server: EmbeddedSqsServer
    worker: RecordingWorker
    daemon: Command
    env: dict[str, str]

    @property
    def queue(self) -> EmbeddedQueue:
        return EmbeddedQueue(sqs=self.server.sqs, name="jobs")

    @property
    def dead(self) -> int:
        return self.server.sqs.engine.counts("dead", now=self.server.sqs.now()).visible

    async def ask(self, *arguments: str) -> Ended:
        return await run(*arguments, env=self.env)


@pytest.fixture
async def site(free_port: int) -> AsyncIterator[Site]:
    async with embedded_server(queues=[]) as server, RecordingWorker(ledger=Ledger()) as worker:
        engine, now = server.sqs.engine, server.sqs.now()
        engine.create_queue("dead", {"MessageRetentionPeriod": WEEKS}, now=now)
        engine.create_queue("jobs", redrive_to("dead", TRIES), now=now)
        env = {
            **CREDENTIALS,
            "AWS_REGION": "us-east-1",
            "QUEUE_URL": server.queue_url("jobs"),
            "INVOKER_URL": worker.url,
            "MONITORING_PORT": str(free_port),
            "FETCHER_WAIT_TIME": "1s",
            "ERROR_VISIBILITY_TIMEOUT": "0s",
            "ERROR_VISIBILITY_TIMEOUT_MAX": "1s",
            "COLUMNS": "200",
        }
        async with command("run", env=env) as daemon:
            await daemon.until("receiving")
            yield Site(server=server, worker=worker, daemon=daemon, env=env)
            assert (await daemon.drained()).code == 0


async def test_why_did_this_message_fail_three_times_and_how_do_i_get_it_back(site: Site) -> None:
    site.worker.job = answering(500)
    ids = [site.queue.send(f"order {number}") for number in range(8)]
    await until(lambda: site.dead == len(ids))

    why = await site.ask("why", ids[0][:8])
    assert of_readme("sqsd why")[0] == "why"
    assert (why.code, why.stdout.count("status 500")) == (0, TRIES)
    assert "SQS moves it to dead" in why.stdout
    assert f"status 500 ×{len(ids)}" in (await site.ask(*of_readme("sqsd dlq ls"))).stdout
    assert "order" in (await site.ask(*of_readme("sqsd dlq peek"))).stdout

    site.worker.job = succeed
    ended = await site.ask(*of_readme("sqsd dlq redrive"))
    await until(lambda: site.queue.is_empty)
    assert ended.code == 0, ended.stderr
    assert "messages succeeded" in ended.stderr
    assert site.dead == 0


async def test_is_my_configuration_sound(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "sqsd.env"
    file.write_text("".join(f"{name}='{value}'\n" for name, value in site.env.items() if name != "COLUMNS"))
    file.chmod(0o600)
    command_line = [str(file) if each == "sqsd.env" else each for each in of_readme("sqsd check")]

    sound = await run(*command_line)
    site.server.sqs.engine.set_attributes("jobs", redrive_to("dead", 1), now=site.server.sqs.now())
    risky = await run(*command_line, "--json")

    assert (sound.code, sound.stdout.splitlines()[-1].strip()) == (0, "no findings")
    assert risky.code == 1
    assert [each["name"] for each in json.loads(risky.stdout) if not each["ok"]] == ["redrive policy"]
