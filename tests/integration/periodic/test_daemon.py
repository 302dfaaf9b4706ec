"""Periodic tasks with the daemon as a process: from cron.yaml to the worker, SIGUSR1, and what is refused."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from tests.support.command import CREDENTIALS, command, run, until
from tests.support.embedded import embedded_server
from tests.support.stage import Stage, staged

pytestmark = pytest.mark.integration

EXAMPLE = """version: 1
cron:
 - name: "backup-job"
   url: "/backup"
   schedule: "* * * * *"
   catch_up: 1h
"""


class Worker:
    """Records path, headers and body of each request."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        app = web.Application()
        app.router.add_post("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self.port = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Worker"]:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", 0).start()
            self.port = self._runner.addresses[0][1]
            yield self
        finally:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name.startswith("X-Aws-Sqsd-")}
        self.requests.append((request.raw_path, headers, await request.read()))
        return web.Response()


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    async with Worker().listening() as worker:
        yield worker


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as built:
        yield built


def environment(stage: Stage, worker: Worker, directory: Path, cron: str = EXAMPLE) -> dict[str, str]:
    """Locks in a file outlast the daemon, so that the last slot is made up for at the start."""
    (directory / "cron.yaml").write_text(cron)
    return {
        **stage.env,
        "INVOKER_URL": f"http://127.0.0.1:{worker.port}/messages",
        "SQLITE_LOCKER_PATH": str(directory / "locks.sqlite"),
        "CRON_FILE": str(directory / "cron.yaml"),
    }


async def arrived(worker: Worker, count: int = 1) -> None:
    async with asyncio.timeout(20):
        await until(lambda: len(worker.requests) >= count)


@pytest.mark.parametrize("client", ["http11", "httpx"])
async def test_a_task_is_posted_to_its_path_with_an_empty_body(
    client: str, stage: Stage, worker: Worker, tmp_path: Path
) -> None:
    async with command(env={**environment(stage, worker, tmp_path), "INVOKER_CLIENT": client}) as daemon:
        enqueued = await daemon.until("periodic task enqueued")
        await arrived(worker)
        assert (await daemon.drained()).code == 0
    path, headers, body = worker.requests[0]
    assert (path, body) == ("/backup", b"")
    assert headers["X-Aws-Sqsd-Path"] == "/backup"
    assert headers["X-Aws-Sqsd-Taskname"] == "backup-job"
    assert headers["X-Aws-Sqsd-Scheduled-At"] == enqueued["slot"]
    assert not any("beanstalk" in name.lower() for name in headers)


async def test_a_daemon_that_starts_again_repeats_no_slot(stage: Stage, worker: Worker, tmp_path: Path) -> None:
    env = environment(stage, worker, tmp_path)
    slots = []
    for _ in range(2):
        minute = SystemClock().now() // 60
        async with command(env=env) as daemon:
            await daemon.until("queue found")
            await asyncio.sleep(1.5)
            slots.append(minute)
            await daemon.drained()
    scheduled = [headers["X-Aws-Sqsd-Scheduled-At"] for _, headers, _ in worker.requests]
    assert scheduled
    assert len(scheduled) == len(set(scheduled))


async def test_the_file_is_read_again_on_sigusr1(stage: Stage, worker: Worker, tmp_path: Path) -> None:
    async with command(env=environment(stage, worker, tmp_path)) as daemon:
        await daemon.until("periodic task enqueued")
        (tmp_path / "cron.yaml").write_text(EXAMPLE.replace("/backup", "backup"))
        daemon.signal(signal.SIGUSR1)
        refused = await daemon.until("CRON_FILE not applied")
        (tmp_path / "cron.yaml").write_text(EXAMPLE.replace("backup-job", "other"))
        daemon.signal(signal.SIGUSR1)
        applied = await daemon.until("CRON_FILE read again")
        assert (await daemon.drained()).code == 0
    assert 'line 4: url "backup": expected a path' in refused["reason"]
    assert applied["tasks"] == ["other"]


async def test_sigusr1_without_a_file_changes_nothing(stage: Stage) -> None:
    async with command(env=stage.env) as daemon:
        await daemon.until("queue found")
        daemon.signal(signal.SIGUSR1)
        assert (await daemon.until("nothing to reload"))["reason"] == "there is no configuration file and no CRON_FILE"
        assert (await daemon.drained()).code == 0


async def test_a_file_with_problems_stops_the_start(stage: Stage, worker: Worker, tmp_path: Path) -> None:
    ended = await run(env=environment(stage, worker, tmp_path, EXAMPLE.replace("* * * * *", "61 * * * *")))
    assert ended.code == 2
    assert "line 5" in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_a_missing_right_to_send_is_said(stage: Stage, worker: Worker, tmp_path: Path) -> None:
    stage.faults.add(Fault(kind=FaultKind.ACCESS_DENIED, operation="SendMessage"))
    async with command(env=environment(stage, worker, tmp_path)) as daemon:
        line = await daemon.until("periodic task not enqueued")
        assert (await daemon.drained()).code == 0
    assert "allow sqs:SendMessage" in line["reason"]


async def test_queue_ensure_creates_the_queues_and_the_daemon_receives(worker: Worker) -> None:
    async with embedded_server(queues=()) as server:
        env = {
            **CREDENTIALS,
            "AWS_REGION": "eu-west-1",
            "QUEUE_URL": server.queue_url("jobs"),
            "INVOKER_URL": f"http://127.0.0.1:{worker.port}/",
            "QUEUE_ENSURE": "create",
            "FETCHER_WAIT_TIME": "1s",
            "MONITORING_PORT": "-1",
        }
        async with command(env=env) as daemon:
            done = await daemon.until("QUEUE_ENSURE=create made a change")
            found = await daemon.until("queue found")
            assert (await daemon.drained()).code == 0
    assert done["change"] == "created the dead-letter queue jobs-dlq"
    assert found["max_receive_count"] == 5


async def test_queue_ensure_refuses_a_queue_without_a_redrive_policy(stage: Stage) -> None:
    ended = await run(env={**stage.env, "QUEUE_ENSURE": "check"})
    assert ended.code == 2
    assert "QUEUE_ENSURE=check: the queue jobs has no redrive policy" in ended.stderr


async def test_queue_ensure_waits_for_sqs(stage: Stage) -> None:
    stage.faults.add(Fault(kind=FaultKind.UNAVAILABLE, operation="GetQueueAttributes", count=3))
    async with command(env={**stage.env, "QUEUE_ENSURE": "create"}) as daemon:
        await daemon.until("queue unavailable")
        await daemon.until("queue found")
        assert (await daemon.drained()).code == 0


async def test_a_signal_ends_the_wait_for_sqs(stage: Stage) -> None:
    stage.faults.add(Fault(kind=FaultKind.UNAVAILABLE, operation="GetQueueAttributes"))
    async with command(env={**stage.env, "QUEUE_ENSURE": "check"}) as daemon:
        await daemon.until("queue unavailable")
        assert (await daemon.drained()).code == 0


@pytest.mark.parametrize(("ensure", "code"), [("check", 2), ("create", 0)])
async def test_an_embedded_queue_has_a_redrive_policy_where_it_is_asked_for(
    ensure: str, code: int, worker: Worker
) -> None:
    env = {
        "QUEUE_URL": "memory://jobs",
        "INVOKER_URL": f"http://127.0.0.1:{worker.port}/",
        "QUEUE_ENSURE": ensure,
        "FETCHER_WAIT_TIME": "0s",
        "MONITORING_PORT": "-1",
    }
    async with command(env=env) as daemon:
        if code == 0:
            await daemon.until("queue found")
            daemon.signal()
        ended = await daemon.ended()
    assert ended.code == code
