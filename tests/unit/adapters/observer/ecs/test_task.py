"""The protection of a task, with a real daemon in virtual time."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.observer.ecs import GuardedQueue, TaskProtection
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.transport.exchange import Answer, NotConnected, RequestHeaders
from sqsd_core import Daemon, DaemonOptions, Message, Plan
from tests.support.monitor import IDLE, WatchedDaemon

DENIED = {"error": {"Code": "AccessDeniedException", "Message": "no"}}


class Agent:
    """The ECS agent: notes when it was asked for what, and confirms; ``fault`` answers in its place."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, bool]] = []
        self.took = 0.1
        self.fault: Callable[[], Awaitable[Answer]] | None = None
        self.enabled = False

    async def exchange(self, headers: RequestHeaders, body: bytes, *, target: bytes | None = None) -> Answer:
        wanted = json.loads(body)["ProtectionEnabled"]
        self.asked.append((round(asyncio.get_running_loop().time(), 1), wanted))
        await asyncio.sleep(self.took)
        if self.fault is not None:
            return await self.fault()
        self.enabled = wanted
        return Answer(200, [], json.dumps({"protection": {"ProtectionEnabled": wanted}}).encode())

    @property
    def changes(self) -> list[bool]:
        return [wanted for _, wanted in self.asked]


async def denied() -> Answer:
    return Answer(400, [], json.dumps(DENIED).encode())


async def silent() -> Answer:
    await asyncio.Event().wait()
    raise AssertionError


async def away() -> Answer:
    raise NotConnected("connection refused")


class Scene:
    """A daemon in a task of ECS."""

    def __init__(self, *, duration: float = 1.0, visibility: float = 60.0) -> None:
        self.agent = Agent()
        self.queue = _Watched(self)
        #: whether the task was protected when each job began
        self.protected: list[bool] = []
        self.began: list[float] = []
        self.receives: list[bool] = []
        self._duration = duration
        self._visibility = visibility

    @asynccontextmanager
    async def daemon(self) -> AsyncIterator[Daemon]:
        clock = LoopClock()
        protection = TaskProtection(exchange=self.agent, clock=clock)
        daemon = Daemon(
            plan=Plan.of_one(
                queue=GuardedQueue(queue=self.queue, protection=protection),
                invoker=ScriptedInvoker(duration=self._duration, before=self._begin),
                lock_store=MemoryLockStore(clock=clock),
                options=DaemonOptions(
                    wait_time=20.0, visibility_timeout=self._visibility, invoker_timeout=1e4, drain_timeout=1e4
                ),
            ),
            clock=clock,
            random=Random(0).random,
            instance="test",
            observers=[protection],
        )
        protection.watch(daemon)
        async with protection, asyncio.TaskGroup() as group:
            group.create_task(daemon.run())
            yield daemon
            if not daemon.snapshot().draining:
                daemon.drain()

    async def _begin(self, message: Message) -> None:
        self.began.append(asyncio.get_running_loop().time())
        self.protected.append(self.agent.enabled)


class _Watched(EmbeddedQueue):
    """Notes whether the task was protected at each receive."""

    def __init__(self, scene: "Scene") -> None:
        super().__init__(clock=LoopClock())
        self._scene = scene

    async def receive(self, **options: Any) -> Any:
        self._scene.receives.append(self._scene.agent.enabled)
        return await super().receive(**options)


async def test_a_task_is_protected_before_the_first_receive() -> None:
    scene = Scene()
    async with scene.daemon():
        await asyncio.sleep(1)
    assert scene.receives[0]


async def test_an_idle_task_gives_its_protection_back_and_polls_on() -> None:
    scene = Scene()
    async with scene.daemon():
        await asyncio.sleep(3_600)
        assert scene.agent.changes == [True, False]
        assert len(scene.receives) > 100


async def test_what_an_unprotected_receive_brought_runs_once_the_task_is_protected() -> None:
    scene = Scene()
    async with scene.daemon():
        await asyncio.sleep(60)
        assert not scene.agent.enabled
        for number in range(3):
            scene.queue.send(str(number))
        await asyncio.sleep(10)
    assert scene.protected == [True, True, True]
    assert scene.agent.changes == [True, False, True, False]


async def test_a_busy_task_asks_once_and_renews_in_time() -> None:
    scene = Scene(duration=4_000.0)
    async with scene.daemon():
        scene.queue.send("long")
        await asyncio.sleep(4_100)
        times = [at for at, wanted in scene.agent.asked if wanted]
        assert 3 <= len(times) <= 6
        assert max(later - earlier for earlier, later in pairwise(times)) < 30 * 60
        assert scene.agent.changes[-1] is False


async def test_a_stream_of_messages_is_one_busy_time() -> None:
    scene = Scene()
    async with scene.daemon():
        for number in range(60):
            scene.queue.send(str(number))
            await asyncio.sleep(5)
    assert scene.agent.changes == [True, False]


@pytest.mark.parametrize("fault", [denied, silent, away])
async def test_an_agent_that_refuses_or_is_silent_stops_no_work_and_is_logged_once(
    fault: Callable[[], Awaitable[Answer]], caplog: pytest.LogCaptureFixture
) -> None:
    scene = Scene()
    scene.agent.fault = fault
    async with scene.daemon():
        for number in range(60):
            scene.queue.send(str(number))
            await asyncio.sleep(5)
    assert len(scene.began) == 60
    lines = [record for record in caplog.records if record.message.startswith("task protection failed")]
    assert len(lines) == 1
    assert "ECS_TASK_PROTECTION=off" in lines[0].__dict__["fix"]
    assert len(scene.agent.asked) < 10


async def test_the_log_says_when_the_protection_works_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    scene = Scene(duration=300.0)
    scene.agent.fault = denied
    async with scene.daemon():
        scene.queue.send("long")
        await asyncio.sleep(10)
        scene.agent.fault = None
        await asyncio.sleep(100)
        assert scene.agent.enabled
    assert "task protected from scale-in" in [record.message for record in caplog.records]


async def test_messages_do_not_wait_for_a_slow_agent_beyond_their_visibility() -> None:
    scene = Scene(visibility=4.0)
    async with scene.daemon():
        await asyncio.sleep(60)
        scene.agent.took = 4.0
        scene.queue.send("job")
        sent = asyncio.get_running_loop().time()
        await asyncio.sleep(10)
    assert scene.began[0] - sent == pytest.approx(1.0, abs=0.1)


async def test_a_drain_keeps_the_protection_until_the_last_job_has_ended() -> None:
    scene = Scene(duration=500.0)
    async with scene.daemon() as daemon:
        scene.queue.send("long")
        await asyncio.sleep(1)
        daemon.drain()
        await asyncio.sleep(490)
        assert scene.agent.enabled
    assert not scene.agent.enabled


@pytest.mark.parametrize("holder", ["a pause", "the breaker"])
async def test_a_task_stays_protected_while_messages_are_held(holder: str) -> None:
    agent, monitor = Agent(), WatchedDaemon()
    protection = TaskProtection(exchange=agent, clock=LoopClock())
    protection.watch(monitor)
    async with protection:
        protection.received("jobs", 1)
        await asyncio.sleep(1)
        if holder == "a pause":
            monitor.state.sources = {"jobs": replace(IDLE.sources["jobs"], kept=1)}
        else:
            monitor.state.workers = {"": replace(IDLE.workers[""], held=1)}
        await asyncio.sleep(600)
        assert agent.enabled
        monitor.state = IDLE
        await asyncio.sleep(60)
        assert not agent.enabled
