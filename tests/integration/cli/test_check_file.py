"""``sqsd check -c sqsd.toml``: every queue and every worker of the file is tried."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.redrive import redrive_to
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from sqsd_adapters.testing.raw_answers import respond, stay_silent
from sqsd_adapters.testing.raw_worker import RawWorker
from tests.support.command import CREDENTIALS, Ended, command, run, until
from tests.support.embedded import embedded_server

pytestmark = pytest.mark.integration

ENV = {**CREDENTIALS, "AWS_REGION": "us-east-1"}
WEEKS = "1209600"  # seconds
REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
TAKES_POST = b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n"

Place = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Two queues on two workers."""

    server: EmbeddedSqsServer
    web: RawWorker
    file: Path
    port: int

    def write(self, *, mails: str = "mails", post: str) -> None:
        self.file.write_text(f"""
monitoring_port = {self.port}
fetcher_wait_time = "1s"
fetcher_max_messages = 1
[worker.web]
url = "{self.web.url}"
[worker.post]
url = "{post}"
parallel_count = 8
[queue.orders]
url = "{self.server.queue_url("orders")}"
worker = "web"
[queue.mails]
url = "{self.server.queue_url(mails)}"
worker = "post"
""")
        self.file.chmod(0o600)

    async def check(self, *arguments: str) -> tuple[Ended, dict[Place, list[dict[str, Any]]]]:
        """The findings by the table that they are about; those of the daemon have none."""
        ended = await run("check", "-c", str(self.file), "--json", *arguments, env=ENV)
        places: dict[Place, list[dict[str, Any]]] = {}
        for each in json.loads(ended.stdout or "[]"):
            kind = next((kind for kind in ("queue", "worker") if kind in each), "daemon")
            places.setdefault((kind, each.get(kind, "")), []).append(each)
        return ended, places


def troubles(places: dict[Place, list[dict[str, Any]]]) -> set[tuple[str, str, str]]:
    return {(*place, each["name"]) for place, found in places.items() for each in found if not each["ok"]}


@pytest.fixture
async def site(tmp_path: Path, free_port: int) -> AsyncIterator[Site]:
    async with embedded_server(queues=[]) as server, RawWorker(respond(TAKES_POST)) as web:
        engine, now = server.sqs.engine, server.sqs.now()
        engine.create_queue("dead", {"MessageRetentionPeriod": WEEKS}, now=now)
        for name in ("orders", "mails"):
            engine.create_queue(name, redrive_to("dead", 5), now=now)
        engine.create_queue("bare", now=now)
        yield Site(server=server, web=web, file=tmp_path / "sqsd.toml", port=free_port)


async def test_every_queue_and_every_worker_is_tried_and_a_sound_file_has_no_findings(site: Site) -> None:
    site.write(post=site.web.url)
    ended, places = await site.check()
    assert (ended.code, ended.stderr, troubles(places)) == (0, "", set())
    assert set(places) == {
        ("daemon", ""),
        *(("queue", q) for q in ("orders", "mails")),
        ("worker", "web"),
        ("worker", "post"),
    }
    for queue in ("orders", "mails"):
        names = {each["name"] for each in places["queue", queue]}
        assert {"credentials", "permissions", "redrive policy", "other consumers"} <= names
    assert {"settings", "ports", "open files"} <= {each["name"] for each in places["daemon", ""]}


async def test_each_finding_names_its_queue_or_worker(site: Site) -> None:
    async with RawWorker(respond(REFUSAL)) as post:
        site.write(mails="bare", post=post.url)
        ended, places = await site.check()
        printed = await run("check", env={**ENV, "SQSD_CONFIG": str(site.file)})
    assert (ended.code, printed.code) == (1, 1)
    assert troubles(places) == {("queue", "mails", "redrive policy"), ("worker", "post", "worker")}
    below = printed.stdout.partition("queue mails\n")[2].partition("worker web\n")
    assert "▲ redrive policy" in below[0]
    assert "▲ worker" in below[2].partition("worker post\n")[2]


async def test_a_warning_about_settings_names_its_table_and_what_the_monitor_warns_of_is_the_daemons(
    site: Site,
) -> None:
    site.write(post=site.web.url)
    site.file.write_text(f'monitoring_host = "0.0.0.0"\n{site.file.read_text()}message_payload_max = 1000\n')
    ended, places = await site.check()
    assert (ended.code, ended.stderr) == (1, "")
    assert troubles(places) == {("queue", "mails", "settings"), ("daemon", "", "settings")}


async def test_messages_in_flight_are_compared_with_those_of_the_same_queue(site: Site) -> None:
    orders, mails = (EmbeddedQueue(sqs=site.server.sqs, name=name) for name in ("orders", "mails"))
    for number in range(6):
        orders.send(f"order {number}")
    site.server.sqs.engine.receive("orders", limit=6, visibility=300.0, now=site.server.sqs.now())
    async with RawWorker(stay_silent()) as post:
        site.write(post=post.url)
        async with command("-c", str(site.file), env=ENV) as daemon:
            for number in range(8):
                mails.send(f"mail {number}")
            await until(lambda: len(post.requests) == 8)
            _, places = await site.check()
            daemon.process.kill()
            await daemon.process.wait()
    assert ("queue", "orders", "other consumers") in troubles(places)
    assert ("queue", "mails", "other consumers") not in troubles(places)


async def test_a_file_with_a_problem_is_refused_before_anything_is_tried(site: Site) -> None:
    site.write(post="nonsense")
    ended, _ = await site.check()
    assert (ended.code, ended.stdout) == (2, "")
    assert "[worker.post] url" in ended.stderr
