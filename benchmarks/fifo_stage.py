"""Daemons of the real flow on one FIFO queue, in virtual time, with jobs that fail as they are told."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from math import inf
from random import Random

from benchmarks.fetching_stage import TICK, Durations
from benchmarks.fifo_model import FifoModel
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_adapters.testing.virtual_time import VirtualTimeLoop
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, Succeeded
from sqsd_core.ports.queue import FailedEntry, QueueDescription, VisibilityChange

#: whether the invocation of a message fails, by its number and how often it was invoked before
Fails = Callable[[int, int], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is in the queue, and what the two sides take; durations are seconds."""

    groups: int
    messages: int
    max_receive_count: int | None = None
    #: how long the job and each call of the queue take, on average
    job: float = 0.01
    latency: float = 0.015
    cautious: bool = False
    #: groups in random order, and receives that wait answered in random order
    shuffled: bool = False
    daemons: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of it."""

    #: when each success came, in order
    successes: Sequence[float]
    #: how often each message was invoked
    invocations: Sequence[int]
    #: messages that ran beside or before another of their group, where that had not had its last try
    disorder: Sequence[int]
    dead_letters: Sequence[int]
    receives: int

    @property
    def per_second(self) -> float:
        """The pace of the first nine tenths: at the end few groups are left to run side by side."""
        most = len(self.successes) * 9 // 10
        return most / self.successes[most - 1]

    @property
    def unseen(self) -> list[int]:
        """Dead letters that no job has ever seen."""
        return [number for number in self.dead_letters if not self.invocations[number]]


class FifoQueue:
    """The model as a daemon's queue: every call takes time, and receives wait."""

    name = "latent.fifo"

    def __init__(self, *, load: Load, random: Random) -> None:
        self.model = FifoModel(
            groups=load.groups,
            max_receive_count=load.max_receive_count,
            cautious=load.cautious,
            random=random if load.shuffled else None,
        )
        self.receives = 0
        self._load = load
        self._random = random
        self._durations = Durations(random)
        self._waiting: list[asyncio.Future[None]] = []

    async def receive(self, *, max_messages: int, wait: float, visibility: float) -> Sequence[Message]:
        self.receives += 1
        await self._travel()
        ends = _now() + wait
        while not (taken := self._take(max_messages, visibility)) and _now() < ends:
            await self._change(ends)
        await self._travel()
        return [self._message(number, count) for number, count in taken]

    async def delete(self, receipts: Sequence[ReceiptHandle]) -> Sequence[FailedEntry]:
        await self._travel()
        for receipt in receipts:
            self.model.delete(int(receipt))
        self._wake()
        await self._travel()
        return ()

    async def change_visibility(self, changes: Sequence[VisibilityChange]) -> Sequence[FailedEntry]:
        await self._travel()
        for change in changes:
            self.model.hide(int(change.receipt), seconds=change.timeout, now=_now())
        self.model.expire(_now())
        self._wake()
        await self._travel()
        return ()

    async def describe(self) -> QueueDescription:
        return QueueDescription(visible=0, in_flight=0, delayed=0, max_receive_count=self._load.max_receive_count)

    def _take(self, limit: int, visibility: float) -> Sequence[tuple[int, int]]:
        self.model.expire(_now())
        taken = self.model.receive(limit=limit, visibility=visibility, now=_now())
        if self.model.visible:
            self._wake()
        return taken

    async def _change(self, ends: float) -> None:
        """Wait for what another call changes, or for what becomes visible by itself; until ``ends`` at most."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        next_at = self.model.next_at
        try:
            async with asyncio.timeout_at(ends if next_at is None else min(ends, max(next_at, _now() + TICK))):
                await waiter
        except TimeoutError:
            pass
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)

    def _wake(self) -> None:
        """Let one receive that waits look; it wakes the next one where it leaves something."""
        waiting = [waiter for waiter in self._waiting if not waiter.done()]
        if waiting and self.model.visible:
            (self._random.choice(waiting) if self._load.shuffled else waiting[0]).set_result(None)

    def _message(self, number: int, count: int) -> Message:
        group = str(self.model.group_of(number))
        return Message(
            id=MessageId(str(number)), receipt=ReceiptHandle(str(number)), body="", receive_count=count, group_id=group
        )

    async def _travel(self) -> None:
        await asyncio.sleep(self._durations.about(self._load.latency / 2))


class FailingWorker:
    """Runs a job for each message, fails where it is told, and watches the order within each group."""

    def __init__(self, *, load: Load, model: FifoModel, fails: Fails, durations: Durations) -> None:
        self.invocations = [0] * load.messages
        self.disorder: list[int] = []
        self.successes: list[float] = []
        self._groups = load.groups
        self._job = load.job
        self._model = model
        self._fails = fails
        self._durations = durations
        #: succeeded, or failed for the last time
        self._over = bytearray(load.messages)
        self._last = load.max_receive_count or inf
        self._running: set[int] = set()

    async def invoke(self, message: Message) -> Outcome:
        number = int(message.id)
        self._look(number)
        before = self.invocations[number]
        self.invocations[number] += 1
        self._running.add(number % self._groups)
        await asyncio.sleep(self._durations.about(self._job))
        self._running.discard(number % self._groups)
        if self._fails(number, before):
            self._over[number] = message.receive_count >= self._last
            return Failed("as it was told")
        self._over[number] = 1
        self.successes.append(_now())
        return Succeeded()

    def _look(self, number: int) -> None:
        earlier = range(number % self._groups, number, self._groups)
        overtaken = any(not self._over[other] and other not in self._model.dead_letters for other in earlier)
        if overtaken or number % self._groups in self._running:
            self.disorder.append(number)


def simulate(load: Load, *, fails: Fails, options: DaemonOptions, seed: int = 0, within: float = 200_000.0) -> Result:
    """Run the daemons until the queue is empty, at most ``within`` seconds of their time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(_simulate(load, fails=fails, options=options, random=Random(seed), within=within))


async def _simulate(load: Load, *, fails: Fails, options: DaemonOptions, random: Random, within: float) -> Result:
    queue = FifoQueue(load=load, random=random)
    queue.model.send(load.messages)
    worker = FailingWorker(load=load, model=queue.model, fails=fails, durations=Durations(random))
    async with AsyncExitStack() as stack:
        for number in range(load.daemons):
            daemon = make_daemon(queue=queue, invoker=worker, options=options, instance=f"daemon-{number}")
            await stack.enter_async_context(running(daemon))
        await until(lambda: _gone(queue.model) == load.messages, within=within, step=0.05)
    return Result(
        successes=worker.successes,
        invocations=worker.invocations,
        disorder=worker.disorder,
        dead_letters=queue.model.dead_letters,
        receives=queue.receives,
    )


def _gone(model: FifoModel) -> int:
    return model.deleted + len(model.dead_letters)


def _now() -> float:
    return asyncio.get_running_loop().time()
