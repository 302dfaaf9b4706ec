"""The real flow in virtual time, between a queue and a worker that are nothing but their latencies."""

# ruff: noqa: ARG002 - the simulated sides keep the signatures of their ports

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from sqsd_adapters.testing.harness import make_daemon, running
from sqsd_adapters.testing.virtual_time import VirtualTimeLoop
from sqsd_core.flow.daemon import Daemon
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.outcome import Outcome, Succeeded
from sqsd_core.ports.queue import FailedEntry, QueueDescription, VisibilityChange

TICK = 0.001  # seconds between two looks
SCATTER = 0.3  # of durations about their mean: the sigma of a log-normal distribution
ENDLESS = 1_000_000_000  # messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of time with one kind of work; durations are seconds."""

    name: str
    #: what is to be worked off, in a few words
    says: str
    lasts: float
    #: mean duration of the jobs that start in this phase
    job: float
    #: messages in the queue when it begins
    backlog: int = 0
    #: seconds between messages that are sent while it lasts
    every: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was to be seen at one instant, and totals until then."""

    at: float
    running: int
    buffered: int
    #: places reserved for what the receives under way may bring
    asked: int
    receiving: int
    prefetch: int
    finished: int
    receives: int
    calls: int


class Durations:
    """Random durations about a mean."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def about(self, mean: float) -> float:
        return mean * self._random.lognormvariate(-(SCATTER**2) / 2, SCATTER)


class LatentQueue:
    """A queue of messages without content, where every call takes time and is counted."""

    name = "latent"

    def __init__(self, *, durations: Durations, latency: float) -> None:
        self._durations = durations
        self._latency = latency
        self._visible = 0
        self._sent = asyncio.Event()
        self._numbers = 0
        self.receiving = 0
        self.asked = 0
        self.receives = 0
        self.calls = 0

    def hold(self, visible: int) -> None:
        """Have so many messages from now on."""
        self._visible = visible
        if visible:
            self._sent.set()
        else:
            self._sent.clear()

    def send(self) -> None:
        self.hold(self._visible + 1)

    async def receive(self, *, max_messages: int, wait: float, visibility: float) -> Sequence[Message]:
        self.calls += 1
        self.receives += 1
        self.receiving += 1
        self.asked += max_messages
        try:
            await self._travel(self._latency / 2)
            messages = await self._take(max_messages, wait)
            await self._travel(self._latency / 2)
        finally:
            self.receiving -= 1
            self.asked -= max_messages
        return messages

    async def delete(self, receipts: Sequence[ReceiptHandle]) -> Sequence[FailedEntry]:
        self.calls += 1
        await self._travel(self._latency)
        return ()

    async def change_visibility(self, changes: Sequence[VisibilityChange]) -> Sequence[FailedEntry]:
        self.calls += 1
        await self._travel(self._latency)
        return ()

    async def describe(self) -> QueueDescription:
        return QueueDescription(visible=self._visible, in_flight=0, delayed=0)

    async def _take(self, at_most: int, wait: float) -> Sequence[Message]:
        try:
            async with asyncio.timeout(wait):
                while not self._visible:
                    await self._sent.wait()
        except TimeoutError:
            return ()
        count = min(at_most, self._visible)
        self.hold(self._visible - count)
        self._numbers += count
        return [_message(number) for number in range(self._numbers - count, self._numbers)]

    async def _travel(self, seconds: float) -> None:
        await asyncio.sleep(self._durations.about(seconds))


class LatentWorker:
    """A worker whose jobs take their time and succeed."""

    def __init__(self, *, durations: Durations) -> None:
        self._durations = durations
        self.job = 0.0
        self.running = 0
        self.finished = 0

    async def invoke(self, message: Message) -> Outcome:
        self.running += 1
        try:
            await asyncio.sleep(self._durations.about(self.job))
        finally:
            self.running -= 1
        self.finished += 1
        return Succeeded()


def simulate(phases: Sequence[Phase], *, latency: float, options: DaemonOptions, seed: int = 0) -> list[list[Look]]:
    """Run a daemon through the phases; returns for each of them a look for each tick."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(_simulate(phases, latency=latency, options=options, seed=seed))


async def _simulate(phases: Sequence[Phase], *, latency: float, options: DaemonOptions, seed: int) -> list[list[Look]]:
    durations = Durations(Random(seed))
    queue = LatentQueue(durations=durations, latency=latency)
    worker = LatentWorker(durations=durations)
    daemon = make_daemon(queue=queue, invoker=worker, options=options)
    looks = []
    async with running(daemon):
        for phase in phases:
            worker.job = phase.job
            queue.hold(phase.backlog)
            looks.append(await _watch(phase, daemon, queue, worker))
        queue.hold(0)
    return looks


async def _watch(phase: Phase, daemon: Daemon, queue: LatentQueue, worker: LatentWorker) -> list[Look]:
    looks = []
    sent = 0
    for tick in range(round(phase.lasts / TICK)):
        if phase.every is not None and tick * TICK >= sent * phase.every:
            queue.send()
            sent += 1
        await asyncio.sleep(TICK)
        looks.append(_look(daemon, queue, worker))
    return looks


def _look(daemon: Daemon, queue: LatentQueue, worker: LatentWorker) -> Look:
    return Look(
        at=asyncio.get_running_loop().time(),
        running=worker.running,
        buffered=daemon.crew.buffered,
        asked=queue.asked,
        receiving=queue.receiving,
        prefetch=daemon.crew.prefetch,
        finished=worker.finished,
        receives=queue.receives,
        calls=queue.calls,
    )


def _message(number: int) -> Message:
    return Message(id=MessageId(f"message-{number}"), receipt=ReceiptHandle(f"receipt-{number}"), body="")
