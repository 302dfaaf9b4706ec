"""A changed file, in virtual time: what a daemon with queues of its own goes on with, and what it refuses."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from sqsd_adapters.cli.assembly.assembly import Assembly
from sqsd_adapters.cli.configuration.config_file import read_config_file
from sqsd_adapters.cli.configuration.given import Given
from sqsd_adapters.cli.lifetime.lifetime import Lifetime
from sqsd_adapters.cli.lifetime.reload import Reloading
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import until
from sqsd_core import Message
from sqsd_core.message import ReceiptHandle
from sqsd_core.policy.periodic import SCHEDULED_TIME
from sqsd_core.ports.queue import FailedEntry

REFUSED = "reload refused, nothing has changed"
WORKER = '[worker.web]\nurl = "http://127.0.0.1:1/"\ntimeout = "20m"\nparallel_count = 4\n'
TICKS = 'version: 1\ncron:\n  - name: "tick"\n    url: "/tick"\n    schedule: "* * * * *"\n'


class Jobs(EmbeddedQueue):
    """Gives up the first deletion, so that its message comes back."""

    lossy = False

    async def delete(self, receipts: Sequence[ReceiptHandle]) -> Sequence[FailedEntry]:
        if Jobs.lossy:
            Jobs.lossy = False
            return [FailedEntry(receipt=each, code="ReceiptHandleIsInvalid", retryable=False) for each in receipts]
        return await super().delete(receipts)


class Unopened:
    """An invoker whose database is down."""

    async def __aenter__(self) -> None:
        raise ConnectionRefusedError("the database refuses connections")

    async def __aexit__(self, *_: object) -> None: ...

    async def invoke(self, message: Message) -> None: ...


async def take(message: Message) -> None: ...


class Town:
    """A daemon by its file."""

    def __init__(self, path: Path) -> None:
        self.file, self.cron = path / "sqsd.toml", path / "cron.yaml"
        self.cron.write_text(TICKS)
        self.clock = LoopClock()
        self.queue = Jobs.named("jobs", clock=self.clock)
        self.job = ScriptedInvoker(duration=lambda message: 600.0 if message.body == "long" else 0.1)
        self.gives_job = True
        self.lifetime: Lifetime
        self._reloading: Reloading

    def write(self, lines: str = "", more: str = WORKER) -> None:
        self.file.write_text(
            'monitoring_port = -1\n[queue.jobs]\nurl = "memory://jobs"\nworker = "web"\n'
            f'fetcher_wait_time = "1s"\nvisibility_timeout = "30s"\n{lines}\n{more}'
        )

    async def reload(self, lines: str = "", more: str = WORKER) -> None:
        self.write(lines, more)
        self._reloading.request()
        await asyncio.sleep(2.0)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        reread = partial(read_config_file, self.file)
        assembly = Assembly(reread(), given=Given(invoker=self.job if self.gives_job else None, clock=self.clock))
        self._reloading = Reloading(assembly=assembly, daemon=assembly.daemon, reread=reread)
        self.lifetime = Lifetime(assembly, beside=self._reloading.run)
        try:
            await self.lifetime.start()
            yield
        finally:
            await self.lifetime.cut()


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    yield Town(tmp_path)
    EmbeddedQueue.forget("jobs")


async def test_a_changed_queue_remembers_which_messages_are_done(town: Town) -> None:
    town.write()
    Jobs.lossy = True
    async with town.running():
        town.queue.send("once")
        await asyncio.sleep(2.0)
        await town.reload("weight = 2")
        await asyncio.sleep(60.0)
    assert town.job.bodies == ["once"]
    assert town.queue.is_empty


async def test_each_slot_of_a_periodic_task_is_enqueued_once_though_a_job_outlives_its_queue(town: Town) -> None:
    cron = f'cron_file = "{town.cron}"\n'
    town.write(cron)
    async with town.running():
        town.queue.send("long")
        await asyncio.sleep(90.0)
        await town.reload(cron + "weight = 2")
        await asyncio.sleep(800.0)
    slots = Counter(message.attributes[SCHEDULED_TIME].value for message in town.job.invoked if message.body != "long")
    assert len(slots) >= 13
    assert set(slots.values()) == {1}


async def test_a_queue_that_leaves_enqueues_no_periodic_tasks(town: Town) -> None:
    town.write(f'cron_file = "{town.cron}"')
    async with town.running():
        town.queue.send("long")
        await asyncio.sleep(5.0)
        await town.reload()
        await asyncio.sleep(300.0)
    assert town.job.bodies == ["long"]


async def test_an_invoker_that_cannot_be_opened_refuses_the_file(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    town.gives_job = False
    cron = f'cron_file = "{town.cron}"'
    town.write(cron, f'[worker.web]\ninvoker = "{__name__}:take"\n')
    async with town.running():
        await town.reload(cron, f'[worker.web]\ninvoker = "{__name__}:Unopened"\n')
        assert town.lifetime.running
        town.queue.send("goes on")
        await until(lambda: town.queue.is_empty)
    [line] = [vars(record) for record in caplog.records if record.message == REFUSED]
    assert line["reason"] == "ConnectionRefusedError: the database refuses connections"
    assert not [message for message in caplog.messages if message.startswith("CRON_FILE read again")]
