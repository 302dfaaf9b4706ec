"""The workers and sources of a daemon, while it runs: more may join, and some may leave."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from sqsd_core.flow.pauses import Pauses
from sqsd_core.flow.plan import Plan, QueuePlan, WorkerPlan
from sqsd_core.flow.routes import make_source
from sqsd_core.flow.services.scoreboard import Scoreboard
from sqsd_core.flow.shared import Shared
from sqsd_core.flow.source.lineup import Lineup
from sqsd_core.flow.source.source import Source
from sqsd_core.flow.worker.assembly import make_worker
from sqsd_core.flow.worker.worker import Worker
from sqsd_core.policy.admission import Closure, Reason
from sqsd_core.policy.scoreboard import SourceState, Task, WorkerState
from sqsd_core.ports.queue import Queue


class Crew:
    """Runs sources and workers side by side; a source is done before its worker is closed."""

    def __init__(self, *, plan: Plan, shared: Shared, scoreboard: Scoreboard, instance: str) -> None:
        self._shared = shared
        self._scoreboard = scoreboard
        self._instance = instance
        self._made = 0
        self._group: asyncio.TaskGroup | None = None
        self.workers: dict[str, Worker] = {}
        #: by name, without those that leave
        self.sources: dict[str, Source] = {}
        self.pauses = Pauses(sources=self.sources, clock=shared.clock)
        self._leaving: list[Source] = []
        self._retired: list[Worker] = []
        self._draining = False
        #: deletions that the queues had not confirmed when they ended
        self.unconfirmed = 0
        for worker in plan.workers:
            self.workers[worker.name] = make_worker(worker, shared)
        lineup = Lineup(queue.name for queue in plan.queues)
        for queue in plan.queues:
            self.sources[queue.name] = self._make(queue, lineup=lineup)

    def __repr__(self) -> str:
        return ", ".join(repr(worker) for worker in self.workers.values())

    @property
    def ready(self) -> bool:
        return all(source.admission.ready for source in self.sources.values())

    @property
    def states(self) -> Mapping[str, WorkerState]:
        return {name: worker.state for name, worker in self.workers.items()}

    @property
    def source_states(self) -> Mapping[str, SourceState]:
        return {name: source.state for name, source in self.sources.items()}

    @property
    def queues(self) -> Mapping[str, Queue]:
        return {name: source.queue for name, source in self.sources.items()}

    @property
    def buffered(self) -> int:
        """Messages that wait for a slot."""
        return sum(worker.handoff.buffered for worker in self._all_workers)

    @property
    def prefetch(self) -> int:
        """Messages that are held beyond the slots, at most."""
        return sum(worker.window.prefetch for worker in self._all_workers)

    @property
    def longest_job(self) -> float:
        """Seconds."""
        return max((worker.time_limit for worker in self._all_workers), default=0.0)

    @property
    def tasks(self) -> Sequence[Task]:
        """The jobs in flight, sorted by start."""
        tasks = [task for source in self._all_sources for task in source.tasks]
        return sorted(tasks, key=lambda task: task.started_at)

    def closures(self, tasks: Sequence[Task]) -> Sequence[Closure]:
        """The reasons of workers, then those of queues; those ``OF_LOAD`` are counted: they come with each message."""
        workers = [closure for worker in self.workers.values() for closure in worker.admission.own]
        sources = [closure for source in self.sources.values() for closure in source.admission.own]
        busy = [
            Closure(reason=Reason.SLOTS_BUSY, since=self._busy_since(name, tasks), where=name)
            for name, worker in self.workers.items()
            if worker.handoff.running >= worker.handoff.slots
        ]
        limited = [closure for worker in self.workers.values() if (closure := worker.rate_limited) is not None]
        return (*workers, *sources, *busy, *limited)

    def flush_troubles(self) -> None:
        """Let the log say what was withheld."""
        for troubles in (part.troubles for parts in (self._all_workers, self._all_sources) for part in parts):
            troubles.flush()

    async def run(self, wind_down: Callable[[], Awaitable[None]]) -> None:
        """Run all, and what joins, until ``wind_down`` returns and every source and worker has ended."""
        try:
            async with asyncio.TaskGroup() as self._group:
                self.pauses.open()
                for worker in self.workers.values():
                    self._start_worker(worker)
                for source in self.sources.values():
                    self._start_source(source)
                await wind_down()
        finally:
            self._group = None

    def drain(self) -> None:
        """Receive nothing any more, and start only what is on its last receive."""
        self._draining = True
        self.pauses.close()
        for source in self._all_sources:
            source.finish()

    async def done(self) -> None:
        """Wait until nothing is received or running any more."""
        for source in self._all_sources:
            await source.done.wait()

    def cut(self) -> None:
        """Cancel receives and jobs that are under way."""
        for source in self._all_sources:
            source.cut()
        for worker in self._all_workers:
            worker.cut()

    def add_worker(self, plan: WorkerPlan) -> None:
        """Let a worker join; one of the same name must have been set aside."""
        self.workers[plan.name] = worker = make_worker(plan, self._shared)
        self._start_worker(worker)

    def set_aside(self, name: str) -> Worker:
        """Let no more queues join a worker; those that feed it go on."""
        worker = self.workers.pop(name)
        self._retired.append(worker)
        return worker

    async def close_worker(self, worker: Worker) -> None:
        """Let a worker go that was set aside and that no queue feeds any more; returns once its last job has ended."""
        worker.close()
        await worker.ended.wait()
        self._retired.remove(worker)

    def add_queue(self, plan: QueuePlan) -> None:
        """Let a queue join; the one of the same name must have stopped receiving."""
        self.sources[plan.name] = source = self._make(plan)
        self.pauses.joined(source)
        self._start_source(source)

    async def stop_queue(self, name: str) -> Source:
        """Let a queue leave; returns once nothing is received from it any more. Its jobs run on until it has ``ended``.

        A queue that joins under the same name goes on with its figures.
        """
        source = self.sources.pop(name)
        self._leaving.append(source)
        source.stop()
        await source.silent.wait()
        return source

    def _start_worker(self, worker: Worker) -> None:
        if self._draining:
            worker.close()
        if self._group is not None:
            self._group.create_task(worker.run(), name=f"worker-{worker.name}")

    def _start_source(self, source: Source) -> None:
        if self._draining:
            source.drain.request()
        if self._group is not None:
            self._group.create_task(self._run(source), name=f"queue-{source.name}")

    async def _run(self, source: Source) -> None:
        try:
            await source.run()
        finally:
            self.unconfirmed += source.unconfirmed
            if source in self._leaving:
                self._leaving.remove(source)

    @property
    def _all_workers(self) -> Sequence[Worker]:
        return (*self.workers.values(), *self._retired)

    @property
    def _all_sources(self) -> Sequence[Source]:
        return (*self.sources.values(), *self._leaving)

    def _busy_since(self, worker: str, tasks: Sequence[Task]) -> float:
        """When the latest job of the worker began."""
        fed = {source.name for source in self._all_sources if source.worker.name == worker}
        return max((task.started_at for task in tasks if task.queue in fed), default=0.0)

    def _make(self, plan: QueuePlan, *, lineup: Lineup | None = None) -> Source:
        self._made += 1
        worker = self.workers[plan.worker]
        self._scoreboard.open(plan.name)
        self._shared.watchers.joined(plan.name, plan.queue.name)
        return make_source(plan, worker, self._shared, instance=f"{self._instance}-{self._made}", lineup=lineup)
