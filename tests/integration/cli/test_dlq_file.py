"""``sqsd dlq -c sqsd.toml`` and ``sqsd send -c sqsd.toml``: a queue is chosen by the name of its table."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.redrive import redrive_to
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from sqsd_adapters.testing.raw_answers import respond
from sqsd_adapters.testing.raw_worker import RawWorker
from tests.support.command import CREDENTIALS, Ended, command, run, until
from tests.support.embedded import embedded_server

pytestmark = pytest.mark.integration

ENV = {**CREDENTIALS, "AWS_REGION": "us-east-1"}
FAILURE = b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Three queues; the tables of two, which have dead-letter queues, have other names than their queues."""

    server: EmbeddedSqsServer
    worker: RawWorker
    file: Path
    port: int

    def write(self) -> None:
        tables = "".join(
            f'[queue.{table}]\nurl = "{self.server.queue_url(name)}"\nworker = "web"\n'
            for table, name in (("orders", "shop-orders"), ("mails", "shop-mails"), ("bare", "shop-bare"))
        )
        top = f'monitoring_port = {self.port}\nfetcher_wait_time = "1s"\nerror_visibility_timeout = "1s"\n'
        self.file.write_text(
            f'{top}error_visibility_timeout_max = "1s"\n[worker.web]\nurl = "{self.worker.url}"\n{tables}'
        )
        self.file.chmod(0o600)

    def count(self, name: str) -> int:
        return self.server.sqs.engine.counts(name, now=self.server.sqs.now()).visible

    async def run(self, *arguments: str) -> Ended:
        return await run(*arguments, "-c", str(self.file), env=ENV)


@pytest.fixture
async def site(tmp_path: Path, free_port: int) -> AsyncIterator[Site]:
    async with (
        embedded_server(queues=["orders-dead", "mails-dead", "shop-bare"]) as server,
        RawWorker(respond(FAILURE), respond(FAILURE), respond()) as worker,
    ):
        engine, now = server.sqs.engine, server.sqs.now()
        engine.create_queue("shop-orders", redrive_to("orders-dead", 1), now=now)
        engine.create_queue("shop-mails", redrive_to("mails-dead", 1), now=now)
        site = Site(server=server, worker=worker, file=tmp_path / "sqsd.toml", port=free_port)
        site.write()
        yield site


async def test_dead_letters_of_one_queue_of_a_running_daemon_come_back(site: Site) -> None:
    async with command("-c", str(site.file), env=ENV) as daemon:
        await daemon.until("monitor listening")
        for queue in ("orders", "mails"):
            assert (await site.run("send", "hello", "--queue", queue)).code == 0
        await until(lambda: site.count("orders-dead") == site.count("mails-dead") == 1)
        listed = await site.run("dlq", "ls", "--json")
        ended = await site.run("dlq", "redrive", "--queue", "orders")
        await site.worker.until(lambda worker: len(worker.requests) == 3)
        left = await site.run("dlq", "ls", "--json")
        assert (await daemon.drained()).code == 0

    assert ended.code == 0, ended.stderr
    assert (site.count("orders-dead"), site.count("mails-dead")) == (0, 1)
    found = {each["name"]: each for each in json.loads(listed.stdout)}
    assert found.keys() == {"orders-dead", "mails-dead"}
    assert found["orders-dead"]["causes"] == {"status 500": 1}
    assert {each["name"]: each["causes"] for each in json.loads(left.stdout)} == {
        "orders-dead": {},  # a cause of messages that are gone says nothing of the queue
        "mails-dead": {"status 500": 1},
    }
    assert "shop-bare has no dead-letter queue" in listed.stderr


async def test_a_name_that_the_file_does_not_have_is_refused_with_those_that_it_has(site: Site) -> None:
    ended = await site.run("dlq", "peek", "--queue", "nonsense")
    assert (ended.code, ended.stdout) == (2, "")
    assert "has no table [queue.nonsense]; expected one of orders, mails, bare, or a URL" in ended.stderr


async def test_what_is_about_no_queue_of_the_file_needs_none(site: Site) -> None:
    EmbeddedQueue(sqs=site.server.sqs, name="orders-dead").send("lost")
    by_name = await site.run("dlq", "peek", "orders-dead")
    everything = await site.run("dlq", "ls", "--all", "--json")
    assert "lost" in by_name.stdout, by_name.stderr
    assert {each["name"] for each in json.loads(everything.stdout)} == {"orders-dead", "mails-dead"}
