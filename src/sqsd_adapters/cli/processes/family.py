"""The monitor of all processes: asks each for its snapshot, and adds them up."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf

from sqsd_adapters.cli.assembly.arguments import instance
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.processes.process import Process
from sqsd_adapters.cli.processes.supervisor import Supervisor
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_core import Breaker, Clock, Closure, Figures, Reason, Snapshot, WorkerState
from sqsd_core.errors import UnknownQueue
from sqsd_core.flow.services.recent import RecentMinutes
from sqsd_core.policy.breaker import BreakerSettings
from sqsd_core.policy.family import summed
from sqsd_core.policy.recent import STEP
from sqsd_core.policy.scoreboard import Depth, ProcessState
from sqsd_core.policy.status import Status

PATIENCE = 0.25  # seconds for a process to answer; one that is frozen is shown as it last was


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """Pause or resume."""

    paused: bool
    #: when the pause ends, in monotonic seconds
    ends: float = inf


class Family:
    """Implements the monitor's port; ``snapshot`` is as new as the last ``refresh``, or one snapshot before."""

    def __init__(self, *, supervisor: Supervisor, configuration: Configuration, clock: Clock) -> None:
        self._supervisor = supervisor
        self._clock = clock
        self._instance = instance()
        self.follow(configuration)
        self._began = clock.now()
        #: pauses and resumes by queue, None for all, the latest last
        self._orders: dict[str | None, _Order] = {}
        self._looked = False
        self._recent = RecentMinutes(figures=lambda: self.snapshot().queues, clock=clock)
        supervisor.on_start.append(self._pause_again)

    def follow(self, configuration: Configuration) -> None:
        """Take the names of the queues and workers, at first and after a reload."""
        self._queues = tuple(configuration.queues)
        self._workers = {name: _without_slots(table.settings) for name, table in configuration.workers.items()}

    async def refresh(self) -> None:
        """Let every process say how it is now; an answer that was under way may be older than the latest order."""
        for _ in range(2):
            answers = [
                answer for process in self._supervisor.running.values() if (answer := self._ask(process)) is not None
            ]
            if answers:
                await asyncio.wait(answers, timeout=PATIENCE)

    def parts(self) -> Mapping[int, Snapshot]:
        """The snapshots of the processes, by their numbers."""
        running = self._supervisor.running.items()
        return {number: process.snapshot for number, process in running if process.snapshot is not None}

    def snapshot(self) -> Snapshot:
        running = self._supervisor.running
        for process in running.values():
            self._ask(process)
        parts = [*self.parts().values()]
        return summed(
            parts,
            empty=self._empty(workers={} if parts else self._workers),
            past=self._supervisor.past,
            silent=[*self._silent()],
            processes=[self._state(number) for number in self._numbers],
        )

    def status(self) -> Status:
        """The sum."""
        return Status(
            snapshot=self.snapshot(),
            instance=self._instance,
            started_at=self._began,
            at=self._clock.now(),
            monotonic=self._clock.monotonic(),
            recent=self._recent.look(),
            depths=self.depths(),
        )

    async def run(self) -> None:
        """Take marks for the last five minutes, until cancelled."""
        while True:
            await self.refresh()
            self._recent.mark()
            await asyncio.sleep(STEP)

    def depths(self) -> Mapping[str, Depth]:
        """What a process knows; the next question makes each ask the queues."""
        self._looked = True
        return {name: source.depth for name, source in self.snapshot().sources.items() if source.depth is not None}

    def pause(self, *, queue: str | None = None, seconds: float | None = None) -> None:
        """Pause every process, and those that are started meanwhile."""
        queue = self._name_of(queue)
        self._remember(queue, _Order(paused=True, ends=inf if seconds is None else self._clock.monotonic() + seconds))
        for process in self._supervisor.running.values():
            process.pause(queue, seconds)

    def resume(self, *, queue: str | None = None) -> None:
        queue = self._name_of(queue)
        self._remember(queue, _Order(paused=False))
        for process in self._supervisor.running.values():
            process.resume(queue)

    def _remember(self, queue: str | None, order: "_Order") -> None:
        """Keep the latest order of each queue, in their order; one for all replaces those before."""
        if queue is None:
            self._orders.clear()
        self._orders.pop(queue, None)
        if order.paused or None in self._orders:
            self._orders[queue] = order

    def _pause_again(self, process: Process) -> None:
        """Give a process that was started the orders that hold."""
        now = self._clock.monotonic()
        for queue, order in self._orders.items():
            if not order.paused:
                process.resume(queue)
            elif order.ends > now:
                process.pause(queue, None if order.ends == inf else order.ends - now)

    def _name_of(self, queue: str | None) -> str | None:
        """The name of a queue's table, which may be called by the name of the queue itself."""
        sources = self.snapshot().sources
        if queue is None or queue in sources or queue in self._queues:
            return queue
        for name, source in sources.items():
            if source.queue == queue:
                return name
        names = ", ".join(name or source.queue for name, source in sources.items())
        raise UnknownQueue(f"no queue is called {queue!r}; the queues are {names}")

    def _ask(self, process: Process) -> "asyncio.Future[None] | None":
        return process.ask(depths=self._looked)

    def _empty(self, workers: Mapping[str, WorkerState]) -> Snapshot:
        return Snapshot(
            tasks=(),
            queues={name: Figures() for name in self._queues},
            workers=workers,
            draining=self._supervisor.draining,
            ready=False,
        )

    @property
    def _numbers(self) -> list[int]:
        return sorted({*range(1, self._supervisor.count + 1), *self._supervisor.running})

    def _silent(self) -> Iterator[Closure]:
        running = self._supervisor.running
        if any(number not in running or running[number].snapshot is None for number in self._numbers):
            yield Closure(reason=Reason.STARTING, since=self._began)
        if self._supervisor.draining:
            yield Closure(reason=Reason.DRAINING, since=self._began)

    def _state(self, number: int) -> ProcessState:
        process = self._supervisor.running.get(number)
        known = process.snapshot if process is not None else None
        return ProcessState(
            number=number,
            pid=process.pid if process is not None else None,
            restarts=self._supervisor.restarts[number],
            ready=known is not None and known.ready,
            draining=known is not None and known.draining,
            slots=known.slots if known is not None else 0,
            running=len(known.tasks) if known is not None else 0,
            buffered=known.buffered if known is not None else 0,
        )


def _without_slots(settings: Settings) -> WorkerState:
    breaker = BreakerSettings(
        failures=settings.BREAKER_FAILURES,
        cooldown=settings.BREAKER_COOLDOWN,
        cooldown_max=settings.BREAKER_COOLDOWN_MAX,
    )
    return WorkerState(slots=0, running=0, buffered=0, breaker=Breaker(settings=breaker))
