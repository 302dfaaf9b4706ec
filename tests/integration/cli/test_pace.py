"""INVOKER_RATE and INVOKER_ADAPTIVE in a daemon that is a process, with a worker that takes only so many requests."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from tests.integration.cli.conftest import House
from tests.support.command import Command, command, run, until

pytestmark = pytest.mark.integration


class Crowded:
    """Runs ``capacity`` requests at once and answers 429 to any beyond; notes when each came."""

    def __init__(self) -> None:
        self.capacity = 1_000
        self.duration = 0.05
        self.running = self.most = self.done = self.refused = 0
        self.began: list[float] = []
        app = web.Application()
        app.router.add_post("/", self._answer)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.runner.addresses[0][1]}/"

    async def _answer(self, request: web.Request) -> web.Response:
        await request.read()
        self.began.append(asyncio.get_running_loop().time())
        if self.running >= self.capacity:
            self.refused += 1
            return web.Response(status=429)
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(self.duration)
        self.running -= 1
        self.done += 1
        return web.Response()


@pytest.fixture
async def worker() -> AsyncIterator[Crowded]:
    crowded = Crowded()
    await crowded.runner.setup()
    await web.TCPSite(crowded.runner, "127.0.0.1", 0).start()
    yield crowded
    await crowded.runner.cleanup()


async def metric(port: int, name: str) -> float:
    async with ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name}{{"))


async def drained(daemon: Command) -> None:
    ended = await daemon.drained()
    assert (ended.code, ended.stderr) == (0, "")


async def test_a_worker_of_four_gets_about_four_of_32_slots(house: House, worker: Crowded, free_port: int) -> None:
    worker.capacity = 4
    for number in range(2_000):
        house.queue.send(str(number))
    env = {**house.env, "INVOKER_URL": worker.url, "INVOKER_PARALLEL_COUNT": "32", "INVOKER_ADAPTIVE": "true"}
    async with command(env={**env, "PROBE_PORT": str(free_port)}) as daemon:
        cut = await daemon.until("worker is full, using fewer slots")
        await asyncio.sleep(1.0)
        worker.done = worker.refused = 0
        usable = []
        for _ in range(10):
            await asyncio.sleep(0.2)
            usable.append(await metric(free_port, "sqsd_slots_usable"))
        await drained(daemon)

    assert (cut["reason"], cut["slots"] < 32) == ("status 429", True)
    assert max(usable) <= 6
    assert worker.done > 20
    assert worker.refused < 0.3 * worker.done
    assert worker.most == 4


async def test_no_more_begin_than_the_rate_allows_and_the_status_says_so(
    house: House, worker: Crowded, free_port: int
) -> None:
    for number in range(500):
        house.queue.send(str(number))
    env = {**house.env, "INVOKER_URL": worker.url, "INVOKER_PARALLEL_COUNT": "32", "INVOKER_RATE": "40/s,burst=4"}
    async with command(env={**env, "MONITORING_PORT": str(free_port)}) as daemon:
        await until(lambda: worker.began)
        await asyncio.sleep(2.0)
        told = await run("status", "--json", env={"MONITORING_PORT": str(free_port)})
        assert house.queue.visible > 250  # what could not start is left to other daemons
        await drained(daemon)

    begin = worker.began[0]
    seconds = worker.began[-1] - begin
    assert len(worker.began) <= 4 + 40 * (seconds + 0.1)
    assert len([start for start in worker.began if start < begin + 2.0]) > 0.7 * 40 * 2
    (daemon_status,) = json.loads(told.stdout)["daemons"]
    (of_worker,) = daemon_status["workers"]
    assert of_worker["rate"] == "40/s,burst=4"


async def test_while_nothing_may_begin_the_status_says_until_when_and_the_daemon_is_ready(
    house: House, worker: Crowded, free_port: int
) -> None:
    house.queue.send("first")
    house.queue.send("second")
    env = {**house.env, "INVOKER_URL": worker.url, "INVOKER_PARALLEL_COUNT": "8", "INVOKER_RATE": "2/m"}
    async with command(env={**env, "MONITORING_PORT": str(free_port)}) as daemon:
        await until(lambda: worker.done)
        told = await run("status", env={"MONITORING_PORT": str(free_port)})
        assert house.queue.visible == 1
        await drained(daemon)

    assert "● receiving" in told.stdout
    assert "the rate limit is reached for" in told.stdout
    assert "2/m. Next start in" in told.stdout


async def test_a_reload_changes_the_rate_of_a_worker(house: House, worker: Crowded, tmp_path: Path) -> None:
    file = tmp_path / "sqsd.toml"

    def write(rate: str) -> None:
        file.write_text(
            f'[worker.web]\nurl = "{worker.url}"\nparallel_count = 4\nrate = "{rate}"\n'
            f'[queue.jobs]\nurl = "{house.env["QUEUE_URL"]}"\nworker = "web"\n'
        )
        file.chmod(0o600)

    write("1/m")
    for number in range(20):
        house.queue.send(str(number))
    env = {name: value for name, value in house.env.items() if name != "QUEUE_URL"}
    async with command("-c", str(file), env=env) as daemon:
        await until(lambda: worker.done == 1)
        write("50")
        daemon.signal(signal.SIGUSR1)
        refused = await daemon.until("reload refused, nothing has changed")
        write("50/s")
        daemon.signal(signal.SIGUSR1)
        await daemon.until("reloaded")
        await until(lambda: worker.done == 20)
        await drained(daemon)

    assert "not a rate" in refused["reason"]
