"""``sqsd -c sqsd.toml`` names the tables of the file in its log, and no queue by its name in SQS."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from sqsd_core.message import MessageAttribute
from tests.support.command import CREDENTIALS, command, until
from tests.support.embedded import embedded_server

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
#: the tables of the queues, and the worker that it feeds
TABLES = {"orders": "site", "mails": "gone", "bills": "sick", "reports": "code"}
#: what is said of the daemon as a whole
OF_DAEMON = {"starting", "draining", "stopped", "summary"}
TASKS = "version: 1\ncron:\n - name: nightly\n   url: /nightly\n   schedule: '0 0 1 1 *'\n"
WORKERS = """
[worker.site]
url = "http://127.0.0.1:{port}/"
[worker.gone]
url = "http://127.0.0.1:{closed}/"
[worker.code]
invoker = "tests.support.jobs:in_thread"
[worker.sick]
url = "http://127.0.0.1:{port}/"
healthcheck_url = "http://127.0.0.1:{port}/nowhere"
"""


async def answer(_: web.Request) -> web.Response:
    return web.Response()


@pytest.fixture
async def port() -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


def write(folder: Path, server: EmbeddedSqsServer, *, port: int, closed: int) -> Path:
    cron, path = folder / "cron.yaml", folder / "sqsd.toml"
    cron.write_text(TASKS)
    queues = [
        f'[queue.{table}]\nurl = "{server.queue_url(f"sqs-{table}")}"\nworker = "{worker}"\n'
        for table, worker in TABLES.items()
    ]
    top = 'fetcher_wait_time = "1s"\nbreaker_failures = 1\nbreaker_cooldown = "200ms"\n'
    path.write_text(top + WORKERS.format(port=port, closed=closed) + "".join(queues) + f'cron_file = "{cron}"\n')
    path.chmod(0o600)
    return path


def named(lines: list[dict[str, Any]], kind: str) -> dict[str, set[str]]:
    """The events of each queue or worker."""
    names = {line[kind] for line in lines if kind in line}
    return {name: {line["event"] for line in lines if line.get(kind) == name} for name in names}


async def test_every_line_names_its_table(tmp_path: Path, port: int, free_port: int) -> None:
    async with embedded_server(queues=[f"sqs-{table}" for table in TABLES]) as server:
        queues = {table: EmbeddedQueue(sqs=server.sqs, name=f"sqs-{table}") for table in TABLES}
        queues["orders"].send("order", attributes={"a": MessageAttribute(data_type="String", value="line\nbreak")})
        queues["mails"].send("mail")
        queues["reports"].send("raise")
        file = write(tmp_path, server, port=port, closed=free_port)
        env = {**CREDENTIALS, "AWS_REGION": "eu-west-1", "MONITORING_PORT": "-1", "LOG_LEVEL": "debug"}
        async with command("-c", str(file), env={**env, "PYTHONPATH": str(ROOT)}) as daemon:
            await until(lambda: queues["orders"].is_empty)
            await daemon.until("breaker probing the worker")
            ended = await daemon.drained()

    lines = [line for text in ended.stdout.splitlines() if (line := json.loads(text))["logger"].startswith("sqsd_")]
    of_queues, of_workers = named(lines, "queue"), named(lines, "worker")
    assert of_queues.keys() == TABLES.keys()
    assert "receiving" not in of_queues["bills"]  # whose worker is not healthy
    assert "attributes dropped: not valid as HTTP headers" in of_queues["orders"]
    assert {"receiving", "periodic tasks scheduled"} <= of_queues["reports"]
    assert {"probe failed", "the worker accepts no connection"} <= of_workers["gone"]
    assert {"probe failed", "health check failed", "waiting for the worker's health check"} <= of_workers["sick"]
    assert "job raised" in of_workers["code"]
    assert {line["event"] for line in lines if not line.keys() & {"queue", "worker"}} <= OF_DAEMON
