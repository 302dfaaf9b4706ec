"""One worker from its start to its end: its slots, its breaker, and the queues that feed it."""

import asyncio
from dataclasses import dataclass, field

from sqsd_core.deadlines import Deadlines
from sqsd_core.flow.admission import Admission
from sqsd_core.flow.loops import Loop, unbroken
from sqsd_core.flow.troubles import Troubles
from sqsd_core.flow.worker.batch_consumer import BatchConsumer
from sqsd_core.flow.worker.breaker import WorkerBreaker
from sqsd_core.flow.worker.consumer import Consumer
from sqsd_core.flow.worker.handoff import Handoff
from sqsd_core.flow.worker.health import Health
from sqsd_core.flow.worker.prober import Prober
from sqsd_core.flow.worker.stuck import StuckJobs
from sqsd_core.policy.admission import Closure, Reason
from sqsd_core.policy.rate import Bucket
from sqsd_core.policy.scoreboard import WorkerState
from sqsd_core.policy.window import Window
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.invoker import Invoker


@dataclass(slots=True, kw_only=True, eq=False)
class Worker:
    """Runs messages until it is closed and its last job has ended."""

    name: str
    slots: int
    #: seconds
    time_limit: float
    #: of the queues that have none of their own
    invoker: Invoker | None
    admission: Admission
    troubles: Troubles
    window: Window
    handoff: Handoff
    breaker: WorkerBreaker
    health: Health
    prober: Prober
    stuck: StuckJobs
    consumer: Consumer | BatchConsumer
    deadlines: Deadlines
    clock: Clock
    #: None without INVOKER_RATE
    bucket: Bucket | None = None
    #: whether the number of slots in use changes
    adaptive: bool = False
    #: set once its last job has ended
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    _running: tuple[Loop, ...] = ()

    def __repr__(self) -> str:
        return f"{self.handoff!r}, {self.breaker!r}"

    @property
    def state(self) -> WorkerState:
        return WorkerState(
            slots=self.slots,
            running=self.handoff.running,
            buffered=self.handoff.buffered,
            breaker=self.breaker.current,
            time_limit=self.time_limit,
            held=self.breaker.held,
            in_use=self.handoff.slots if self.adaptive else None,
            rate="" if self.bucket is None else str(self.bucket.rate),
        )

    @property
    def rate_limited(self) -> Closure | None:
        """The reason to start nothing before the next token."""
        now, monotonic = self.clock.now(), self.clock.monotonic()
        if self.bucket is None or not (wait := self.bucket.wait(1, monotonic)):
            return None
        return Closure(
            reason=Reason.RATE_LIMITED,
            since=now - (monotonic - self.bucket.taken_at),
            why=str(self.bucket.rate),
            where=self.name,
            until=now + wait,
        )

    async def run(self) -> None:
        """Run one message per slot at a time, until closed or cut."""
        label = f"{self.name}-" if self.name else ""
        try:
            async with asyncio.TaskGroup() as group:
                prober = group.create_task(unbroken(self.prober.run()), name=f"{label}prober")
                self._running = tuple(
                    group.create_task(unbroken(self.consumer.run()), name=f"{label}slot-{number}")
                    for number in range(self.slots)
                )
                await asyncio.wait(self._running)
                prober.cancel()
        finally:
            self.deadlines.close()
            self.ended.set()

    def close(self) -> None:
        """Start nothing any more; ``run`` returns when what runs has ended."""
        self.handoff.close()

    def cut(self) -> None:
        """Start nothing any more, and cancel what still runs; a job may swallow that."""
        self.close()
        for slot in self._running:
            slot.cancel()
