"""With several queues and workers, each line names the table that it is about, as in the file, and no name of SQS."""

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker, ScriptedProbe
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core import Daemon
from sqsd_core.errors import QueueError, QueueUnavailable
from sqsd_core.flow.plan import QueuePlan, WorkerPlan
from sqsd_core.message import Message
from sqsd_core.outcome import Failed, Outcome, Unavailable
from tests.support.several import daemon_of, queue_plan, worker_plan
from tests.support.troubled_queue import TroubledQueue

#: the tables of the queues, and those of the workers that they feed
TABLES = {"orders": "web", "mails": "post"}
#: what is said of the daemon as a whole
OF_DAEMON = {"summary", "draining"}
#: what the story brings about, of each queue and of each worker
OF_QUEUES = {
    "DeleteMessage refused, receiving stops",
    "GetQueueAttributes failed",
    "queue depth unknown",
    "ChangeMessageVisibility failed",
    "job done",
    "job failed",
    "expired locks removed",
    "queue answers again",
    "queue found",
    "queue has no redrive policy",
    "queue unavailable",
    "receiving",
    "receiving paused",
    "receiving resumed",
    "waiting for running jobs to end",
}
OF_WORKERS = {"job raised", "breaker open, receiving stops", "breaker probing the worker", "breaker closed"}


class Job(ScriptedInvoker):
    """A job that raises for one body, which no invoker may do."""

    async def invoke(self, message: Message) -> Outcome:
        if message.body == "raise":
            raise RuntimeError
        return await super().invoke(message)


class House:
    """Two queues with a worker each, to which the same happens."""

    def __init__(self) -> None:
        script: dict[str, list[Outcome]] = {"fail": [Failed("no")], "down": [Unavailable("refused", unsent=True)]}
        self.jobs = {name: Job(script, duration=_duration) for name in TABLES}
        self.probes = {name: ScriptedProbe(reachable=False) for name in TABLES}
        self.queues = {name: TroubledQueue(EmbeddedQueue(clock=LoopClock(), name=f"sqs-{name}")) for name in TABLES}

    def daemon(self) -> Daemon:
        return daemon_of([self._worker(name) for name in TABLES], [self._queue(name) for name in TABLES])

    def _worker(self, name: str) -> WorkerPlan:
        plan = worker_plan(TABLES[name], self.jobs[name], probe=self.probes[name], breaker_cooldown=5.0)
        return replace(plan, options=replace(plan.options, invoker_timeout=100.0))

    def _queue(self, name: str) -> QueuePlan:
        options = {"visibility_timeout": 10.0, "lock_expire": 5.0, "unlock_interval": 10.0, "wait_time": 1.0}
        return queue_plan(name, self.queues[name], worker=TABLES[name], **options)

    def send(self, body: str) -> None:
        for queue in self.queues.values():
            assert isinstance(queue.inner, EmbeddedQueue)
            queue.inner.send(body)

    def fail(self, operation: str, error: QueueError) -> None:
        for queue in self.queues.values():
            queue.fail(operation, error)

    async def story(self) -> None:
        """Let every trouble happen to a daemon, from its start to the end of its drain."""
        self.fail("describe", QueueUnavailable("timed out"))
        daemon = self.daemon()
        async with running(daemon):
            await asyncio.sleep(70.0)
            self.fail("describe", QueueUnavailable("timed out"))
            daemon.depths()
            self.fail("receive", QueueUnavailable("timed out"))
            for body in ("plain", "fail", "raise"):
                self.send(body)
            await asyncio.sleep(30.0)
            daemon.pause()
            daemon.resume()
            await self._lose_the_workers()
            await self._end_in_trouble()

    async def _lose_the_workers(self) -> None:
        self.send("down")
        await asyncio.sleep(20.0)
        for name, probe in self.probes.items():
            probe.answer(True)
            self.jobs[name]._script = {}
        await asyncio.sleep(120.0)

    async def _end_in_trouble(self) -> None:
        self.fail("change_visibility", QueueUnavailable("throttled"))
        for queue in self.queues.values():
            queue.refuses_entries = True
        self.send("long")
        self.send("plain")
        await asyncio.sleep(15.0)


def _duration(message: Message) -> float:
    return 30.0 if message.body == "long" else 0.0


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    records = [record for record in caplog.records if record.name.startswith("sqsd_")]
    return [{"event": record.message, **vars(record)} for record in records]


def named(lines: list[dict[str, Any]], kind: str) -> dict[str, set[str]]:
    """The events that name a queue or a worker, by the name."""
    found: dict[str, set[str]] = {}
    for line in lines:
        if kind in line:
            found.setdefault(line[kind], set()).add(line["event"])
    return found


async def test_every_line_names_the_table_of_its_queue_or_its_worker(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await House().story()
    said = lines(caplog)

    by_queue, by_worker = named(said, "queue"), named(said, "worker")
    assert by_queue.keys() == TABLES.keys()
    assert by_worker.keys() == set(TABLES.values())
    for events in by_queue.values():
        assert events >= OF_QUEUES
    for events in by_worker.values():
        assert events >= OF_WORKERS
    unnamed = {line["event"] for line in said if not line.keys() & {"queue", "worker"}}
    assert unnamed == OF_DAEMON


async def test_the_summary_names_each_breaker_that_is_not_closed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    house = House()
    house.queues["mails"].inner.send("down")  # type: ignore[attr-defined] # an EmbeddedQueue
    async with running(house.daemon()):
        await asyncio.sleep(400.0)
        house.probes["mails"].answer(True)
        house.jobs["mails"]._script = {}
        await asyncio.sleep(400.0)

    summaries = [line for line in lines(caplog) if line["event"] == "summary"]
    assert summaries[0]["breaker"] == "post: open"
    assert summaries[0]["closed"] == "post: breaker_open"
    assert summaries[-1]["breaker"] == "closed"


async def test_the_only_queue_goes_by_its_own_name(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    queue = EmbeddedQueue(clock=LoopClock(), name="jobs")
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker())
    async with running(daemon):
        await until(lambda: "receiving" in caplog.messages)
        daemon.pause()

    assert named(lines(caplog), "queue")["jobs"] >= {"queue found", "receiving", "receiving paused"}
