"""``sqsd -c sqsd.toml`` as a process: three queues on two workers, from their messages to the end of the drain."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from tests.support.command import CREDENTIALS, Command, command, run, until
from tests.support.embedded import embedded_server

pytestmark = pytest.mark.integration

QUEUES = ("orders", "mails", "steps.fifo", "late")
ENV = {**CREDENTIALS, "AWS_REGION": "eu-west-1", "MONITORING_PORT": "-1"}


class Worker:
    """Notes the queue, the path and the message of each request, in order."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str]] = []
        self.delay = 0.0
        self.port = 0
        self.runner = self._new_runner()

    def _new_runner(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._answer)
        return web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    async def start(self) -> None:
        self.runner = self._new_runner()
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.port).start()
        self.port = self.runner.addresses[0][1]

    async def stop(self) -> None:
        await self.runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.text()
        await asyncio.sleep(self.delay)
        self.seen.append((request.headers["X-Aws-Sqsd-Queue"], request.raw_path, body))
        return web.Response()

    @property
    def bodies(self) -> list[str]:
        return [body for _, _, body in self.seen]


class Town:
    """A server with queues, two workers, and the file of a daemon between them."""

    def __init__(self, *, server: EmbeddedSqsServer, folder: Path) -> None:
        self._server = server
        self.file = folder / "sqsd.toml"
        self.web, self.post = Worker(), Worker()
        self.queues = {name: EmbeddedQueue(sqs=server.sqs, name=name) for name in QUEUES}

    def url_of(self, name: str) -> str:
        return self._server.queue_url(name)

    def write(self, *, late: bool = False, slots: int = 8, top: str = "") -> None:
        self.file.write_text(
            f"""fetcher_wait_time = "1s"
breaker_failures = 2
breaker_cooldown = "200ms"
{top}
[worker.web]
url = "http://127.0.0.1:{self.web.port}/jobs"
parallel_count = {slots}
[worker.post]
url = "http://127.0.0.1:{self.post.port}/jobs"
parallel_count = 4
[queue.orders]
url = "{self._server.queue_url("orders")}"
worker = "web"
weight = 3
[queue.mails]
url = "{self._server.queue_url("mails")}"
worker = "web"
path = "/mails"
[queue.steps]
url = "{self._server.queue_url("steps.fifo")}"
worker = "post"
"""
            + (f'[queue.late]\nurl = "{self._server.queue_url("late")}"\nworker = "web"\n' if late else "")
        )
        self.file.chmod(0o600)

    def send(self, name: str, count: int) -> list[str]:
        bodies = [f"{name} {number}" for number in range(count)]
        for number, body in enumerate(bodies):
            self.queues[name].send(body, group_id=f"group-{number % 3}" if name.endswith(".fifo") else None)
        return bodies

    async def empty(self, *names: str) -> None:
        await until(lambda: all(self.queues[name].is_empty for name in names))

    @asynccontextmanager
    async def daemon(self) -> AsyncIterator[Command]:
        async with command("-c", str(self.file), env=ENV) as daemon:
            yield daemon


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with embedded_server(queues=QUEUES) as server:
        town = Town(server=server, folder=tmp_path)
        await town.web.start()
        await town.post.start()
        town.write()
        yield town
        await town.web.stop()
        await town.post.stop()


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_weights_hold_over_five_thousand_messages(town: Town) -> None:
    town.send("orders", 5_000)
    town.send("mails", 5_000)
    async with town.daemon() as daemon:
        await until(lambda: len(town.web.seen) >= 5_000)
        shares = Counter(queue for queue, _, _ in town.web.seen[:5_000])
        ended = await daemon.drained()

    assert shares["orders"] == pytest.approx(3_750, rel=0.1)
    assert shares["mails"] == pytest.approx(1_250, rel=0.1)
    assert (ended.code, ended.stderr) == (0, "")


async def test_each_queue_has_its_worker_its_name_and_its_path(town: Town) -> None:
    sent = {name: town.send(name, 20) for name in ("orders", "mails", "steps.fifo")}
    async with town.daemon() as daemon:
        await town.empty(*sent)
        ended = await daemon.drained()

    assert {(queue, path) for queue, path, _ in town.web.seen} == {("orders", "/jobs"), ("mails", "/mails")}
    assert {(queue, path) for queue, path, _ in town.post.seen} == {("steps.fifo", "/jobs")}
    assert sorted(town.web.bodies + town.post.bodies) == sorted(body for bodies in sent.values() for body in bodies)
    assert ended.code == 0


async def test_a_worker_that_is_gone_stops_only_its_own_queues(town: Town) -> None:
    await town.post.stop()
    town.send("steps.fifo", 10)
    async with town.daemon() as daemon:
        await daemon.until("breaker open, receiving stops")
        town.send("orders", 100)
        await town.empty("orders")
        assert not town.post.seen

        await town.post.start()
        await town.empty("steps.fifo")
        ended = await daemon.drained()

    assert len(town.post.seen) == 10
    assert ended.code == 0
    assert '"worker": "post"' in ended.stdout


@pytest.mark.timeout(120)
async def test_a_reload_adds_a_queue_under_load_with_nothing_lost_or_repeated(town: Town) -> None:
    town.web.delay = 0.01
    sent = [*town.send("orders", 1_500), *town.send("mails", 500), *town.send("late", 300)]
    async with town.daemon() as daemon:
        await until(lambda: len(town.web.seen) > 200)
        town.write(late=True)
        daemon.signal(signal.SIGUSR1)
        assert (await daemon.until("reloaded"))["joined"] == ["late"]
        await until(lambda: len(town.web.seen) > 600)
        town.write(late=True, slots=16)
        daemon.signal(signal.SIGUSR1)
        assert (await daemon.until("reloaded"))["changed"] == ["late", "mails", "orders"]
        await town.empty("orders", "mails", "late")
        ended = await daemon.drained()

    assert sorted(town.web.bodies) == sorted(sent)
    assert ended.code == 0


async def test_a_queue_that_is_removed_drains_and_is_left_alone(town: Town) -> None:
    town.write(late=True)
    town.send("late", 5)
    async with town.daemon() as daemon:
        await town.empty("late")
        town.write()
        daemon.signal(signal.SIGUSR1)
        assert (await daemon.until("reloaded"))["left"] == ["late"]
        town.send("late", 5)
        town.send("orders", 5)
        await town.empty("orders")
        await asyncio.sleep(1.5)
        assert town.queues["late"].visible == 5
        assert (await daemon.drained()).code == 0


@pytest.mark.parametrize("problem", ["bogus = 1", 'visibility_timeout = "x"', "["])
async def test_a_file_with_a_problem_changes_nothing_and_says_why(town: Town, problem: str) -> None:
    async with town.daemon() as daemon:
        await daemon.until("receiving")
        town.write(late=True, top=problem)
        daemon.signal(signal.SIGUSR1)
        refused = await daemon.until("reload refused, nothing has changed")
        assert "sqsd.toml" in refused["reason"]
        town.send("orders", 5)
        await town.empty("orders")
        assert (await daemon.drained()).code == 0


async def test_a_queue_that_does_not_exist_changes_nothing(town: Town) -> None:
    async with town.daemon() as daemon:
        await daemon.until("receiving")
        town.file.write_text(town.file.read_text().replace('/mails"\nworker', '/missing"\nworker'))
        daemon.signal(signal.SIGUSR1)
        refused = await daemon.until("reload refused, nothing has changed")
        assert "missing" in refused["reason"]
        town.send("mails", 5)
        await town.empty("mails")
        assert (await daemon.drained()).code == 0


async def test_a_queue_that_joins_is_created_where_that_is_asked_for(town: Town) -> None:
    async with town.daemon() as daemon:
        await daemon.until("receiving")
        table = f'[queue.new]\nurl = "{town.url_of("new")}"\nworker = "web"\nqueue_ensure = "create"\n'
        town.file.write_text(town.file.read_text() + table)
        daemon.signal(signal.SIGUSR1)
        assert (await daemon.until("reloaded"))["joined"] == ["new"]
        assert (await daemon.until("queue found"))["max_receive_count"] is not None
        assert (await daemon.drained()).code == 0


async def test_a_drain_ends_the_jobs_of_every_queue(town: Town) -> None:
    town.web.delay = town.post.delay = 0.5
    for name in ("orders", "mails", "steps.fifo"):
        town.send(name, 50)
    async with town.daemon() as daemon:
        await until(lambda: town.web.seen and town.post.seen)
        ended = await daemon.drained()
        await until(lambda: all(queue.in_flight == 0 for queue in town.queues.values()))

    left = sum(len(queue.bodies) for queue in town.queues.values())
    assert left + len(town.web.seen) + len(town.post.seen) == 150
    assert ended.code == 0


async def test_a_wrong_file_is_refused_with_every_problem(tmp_path: Path) -> None:
    path = tmp_path / "sqsd.toml"
    path.write_text("[worker.web]\nurl = 'x'\n[queue.a]\nworker = 'web'\nweight = 0\n[queue.b]\nworker = 'web'\n")
    ended = await run("-c", str(path), env=ENV)

    assert (ended.code, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr
    assert f"{path}:5: [queue.a] weight: 0" in ended.stderr
    assert f"{path}:2: [worker.web] url: x" in ended.stderr


async def test_the_file_may_be_named_by_a_variable_and_is_shown(town: Town) -> None:
    ended = await run("config", env={**ENV, "SQSD_CONFIG": str(town.file)})

    assert (ended.code, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert lines[-1] == "# OK"
    assert {"[worker.web]", "[queue.orders]", "weight = 3", 'path = "/mails"', 'parallel_count = "8"'} <= {*lines}


async def test_the_commands_find_the_daemon_by_its_file(town: Town, free_port: int) -> None:
    town.write(top=f'monitoring_port = {free_port}\nmonitoring_token = "s3cret"')
    env = {name: value for name, value in ENV.items() if name != "MONITORING_PORT"}
    async with command("-c", str(town.file), env=env) as daemon:
        await daemon.until("receiving")
        for asked in (["status"], ["tasks"], ["why", "--failed"], ["pause"], ["resume"], ["top", "--once"]):
            answered = await run(*asked, "-c", str(town.file), env=env)
            assert answered.code == 0, (asked, answered.stderr)
        before = await run("-c", str(town.file), "status", env=env)
        assert before.code == 0, before.stderr
        await daemon.drained()

    missing = await run("status", "-c", str(town.file.with_name("no.toml")), env=env)
    assert missing.code == 2
    assert "no.toml" in missing.stderr


async def test_a_reload_names_what_needs_a_restart(town: Town) -> None:
    town.write(top='drain_timeout = "5s"')
    async with town.daemon() as daemon:
        await daemon.until("receiving")
        town.write(top='drain_timeout = "7s"\nhistory_size = 5')
        daemon.signal(signal.SIGUSR1)
        left = await daemon.until("changed variables need a restart")
        await daemon.drained()
    assert left["variables"] == ["DRAIN_TIMEOUT", "HISTORY_SIZE"]
