"""Several queues of a file, in virtual time: one that is silent, or a worker that is not healthy, keeps no other."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sqsd_adapters.cli.assembly.assembly import Assembly
from sqsd_adapters.cli.configuration.config_file import read_config_file
from sqsd_adapters.cli.configuration.given import Given
from sqsd_adapters.cli.lifetime.lifetime import Lifetime
from sqsd_adapters.cli.lifetime.reload import Reloading
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker, ScriptedProbe
from sqsd_adapters.testing.harness import until
from sqsd_core import Message
from sqsd_core.ports.queue import QueueDescription

WORKER = 'url = "http://127.0.0.1:1/"\n'
NAMES = ("orders", "mails", "late")


class SilentQueue(EmbeddedQueue):
    """Accepts and never answers."""

    async def describe(self) -> QueueDescription:
        await asyncio.sleep(1e9)
        return await super().describe()

    async def receive(self, **request: Any) -> Sequence[Message]:
        await asyncio.sleep(1e9)
        return await super().receive(**request)


class Town:
    """A daemon by its file; ``orders`` is silent."""

    def __init__(self, path: Path) -> None:
        self.file = path / "sqsd.toml"
        clock = LoopClock()
        SilentQueue.named("orders", clock=clock, max_receive_count=3)
        self.queues = {name: EmbeddedQueue.named(name, clock=clock, max_receive_count=3) for name in NAMES}
        self.job = ScriptedInvoker()
        self.given = Given(invoker=self.job, clock=clock)

    def write(self, *queues: str, top: str = "", healthy: bool = True) -> None:
        worker = WORKER + ("" if healthy else f"healthcheck_{WORKER}")
        tables = [
            f'[queue.{name}]\nurl = "memory://{name}"\nworker = "{name}"\n[worker.{name}]\n{worker}' for name in queues
        ]
        self.file.write_text("\n".join(["monitoring_port = -1", top, *tables]))

    def assembly(self) -> Assembly:
        return Assembly(read_config_file(self.file), given=self.given)

    @asynccontextmanager
    async def running(self, assembly: Assembly) -> AsyncIterator[Reloading]:
        reread = partial(read_config_file, self.file)
        reloading = Reloading(assembly=assembly, daemon=assembly.daemon, reread=reread)
        lifetime = Lifetime(assembly, beside=reloading.run)
        try:
            await lifetime.start()
            yield reloading
        finally:
            await lifetime.cut()

    async def empties(self, name: str, *, within: float) -> None:
        self.queues[name].send("now")
        await until(lambda: self.queues[name].is_empty, within=within)


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    yield Town(tmp_path)
    for name in NAMES:
        EmbeddedQueue.forget(name)


@pytest.mark.parametrize("ensure", ["off", "create"])
async def test_a_silent_queue_keeps_no_other_from_its_first_receive(town: Town, ensure: str) -> None:
    town.write("orders", "mails", top=f'queue_ensure = "{ensure}"')
    town.queues["mails"].send("early")
    assembly = town.assembly()
    async with asyncio.timeout(15), town.running(assembly):
        assert town.queues["mails"].is_empty


async def test_a_worker_that_is_not_healthy_keeps_only_its_own_queues(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    town.write("late", "mails", healthy=False)
    assembly = town.assembly()
    probes = {name: ScriptedProbe(reachable=name != "late") for name in ("late", "mails")}
    for name, probe in probes.items():
        assembly.workers[name].parts.probe.override(probe)
    town.queues["late"].send("waits")
    async with town.running(assembly):
        await town.empties("mails", within=2.0)
        await asyncio.sleep(100.0)
        assert town.queues["late"].visible == 1
        [line] = [vars(record) for record in caplog.records if "health check" in record.message]
        assert line["worker"] == "late"
        assert [str(one) for one in assembly.daemon.snapshot().closures] == ["late: the worker's health check fails"]
        probes["late"].answer(reachable=True)
        await until(lambda: town.queues["late"].is_empty, within=60.0)


async def test_a_silent_queue_that_a_reload_adds_keeps_no_other(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    town.write("mails")
    async with town.running(town.assembly()) as reloading:
        town.write("orders", "mails", "late", top="# changed")
        reloading.request()
        await town.empties("mails", within=1.0)
        await town.empties("late", within=5.0)
        await until(lambda: "GetQueueAttributes failed" in caplog.messages, within=20.0)
    assert "reloaded" in caplog.messages
