"""One queue from its start to its end: receives until it is told to stop, then gives back and confirms the rest."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field

from sqsd_core.flow.admission import Admission
from sqsd_core.flow.delivery import Delivery, release
from sqsd_core.flow.drain import Drain
from sqsd_core.flow.loops import Loop, Service, unbroken
from sqsd_core.flow.source.acknowledger import Acknowledger
from sqsd_core.flow.source.beginning import Beginning
from sqsd_core.flow.source.drain_log import DrainLog
from sqsd_core.flow.source.fetcher import Fetcher
from sqsd_core.flow.source.heartbeat import Heartbeat
from sqsd_core.flow.source.janitor import Janitor
from sqsd_core.flow.source.last_tries import LastTries
from sqsd_core.flow.source.locks import Locks
from sqsd_core.flow.source.pause import Pause
from sqsd_core.flow.source.releases import Releases
from sqsd_core.flow.source.settler import Settler
from sqsd_core.flow.source.start_check import StartCheck
from sqsd_core.flow.troubles import Troubles
from sqsd_core.flow.worker.feed import Feed
from sqsd_core.flow.worker.worker import Worker
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.scoreboard import SourceState, Task
from sqsd_core.ports.observer import Unrun
from sqsd_core.ports.queue import Queue

HURRIED_FINISH = 2.0  # seconds for the last acknowledgements of a drain that was cut or hurried
LAST_POLL = 1.0  # seconds that a poll which is cut gets to bring back what is released at the same time


@dataclass(slots=True, kw_only=True, eq=False)
class Source:
    """Receives from ``run`` until ``stop``; ``run`` returns when none of its messages runs any more."""

    name: str
    queue: Queue
    worker: Worker
    receivers: int
    #: what operators call the lock store
    locker: str
    drain: Drain
    admission: Admission
    troubles: Troubles
    feed: Feed
    home: Settler
    pause: Pause
    beginning: Beginning
    fetcher: Fetcher
    last_tries: LastTries
    locks: Locks
    heartbeat: Heartbeat
    releases: Releases
    acknowledger: Acknowledger
    start_check: StartCheck
    janitor: Janitor
    services: Mapping[str, Service]
    drain_log: DrainLog
    #: seconds that a receive and the pause after it take at most, while nothing is wrong
    patience: float
    #: seconds that jobs and polls still get
    time_left: Callable[[], float]
    #: seconds that the last acknowledgements get
    finish_time: Callable[[], float]
    #: deletions that the queue had not confirmed when ``run`` ended
    unconfirmed: int = 0
    #: set once it receives nothing any more
    silent: asyncio.Event = field(default_factory=asyncio.Event)
    #: set once none of its messages runs either
    done: asyncio.Event = field(default_factory=asyncio.Event)
    #: set once everything is given back and confirmed
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    _polls: Sequence[Loop] = ()
    #: whether it stops while the daemon goes on
    _leaves: bool = False

    @property
    def state(self) -> SourceState:
        return SourceState(
            queue=self.queue.name,
            worker=self.worker.name,
            patience=self.patience,
            buffered=len(self.feed.ordering),
            kept=len(self.pause),
            max_receive_count=self.home.max_receive_count,
            locker=self.locker,
            locker_answers=self.locks.available,
        )

    @property
    def tasks(self) -> Sequence[Task]:
        """The jobs in flight."""
        return [
            Task(
                message_id=delivery.message.id,
                receipt=delivery.message.receipt,
                started_at=delivery.began,
                queue=self.name,
                sent_at=delivery.message.sent_at,
                receive_count=delivery.message.receive_count,
                time_limit=self.worker.time_limit,
            )
            for delivery in self.heartbeat.held
            if delivery.began
        ]

    async def run(self) -> None:
        """Receive until stopped, then finish.

        Raises:
            QueueRefused: the queue turns us away at start, or (QueueNotFound) does not exist.
            SqsdError: what its plan demands cannot become true.
        """
        self.worker.handoff.join(self.feed, self.home)
        try:
            await self._begin()
            async with asyncio.TaskGroup() as services:
                running = self._start_services(services)
                beside = [self._start(services, name, service()) for name, service in self.services.items()]
                await self._receive(beside)
                await self.releases.finish()
                with self.drain_log.explains_deletions():
                    await self.acknowledger.finish(within=self.finish_time())
                for task in (*running, *beside):
                    task.cancel()
        finally:
            await self._leave()

    async def _begin(self) -> None:
        if not self.drain.requested:
            with self.drain.interrupts():
                await self.beginning.run()
        self.feed.idle = not self.start_check.answered  # a receive that may hang holds no places from other queues

    def stop(self) -> None:
        """Receive nothing any more, while the daemon goes on with other queues."""
        self._leaves = True
        self.admission.close(Reason.DRAINING)
        self.finish()

    def finish(self) -> None:
        """Receive nothing any more, and give back what waits for a slot, except for messages on their last receive."""
        self.drain.request()
        self._give_back(self.worker.handoff.wind_down(self.feed, but=self.last_tries.wants))

    def cut(self) -> None:
        """Wait for no poll any more, or a moment: the queue may give it what is released now, and would hide that."""
        self._give_back_all()
        moment = LAST_POLL if self.heartbeat.held or len(self.releases) or len(self.acknowledger) else 0.0
        for poll in self._polls:
            asyncio.get_running_loop().call_later(moment, poll.cancel)

    async def _receive(self, beside: Sequence[Loop]) -> None:
        async with asyncio.TaskGroup() as group:
            self._polls = [
                group.create_task(unbroken(self.fetcher.run()), name=self._task(f"fetcher-{number}"))
                for number in range(self.receivers)
            ]
            await self.drain.wait()
            explaining = group.create_task(
                self.drain_log.explain(self._polls, at_most=self.time_left()), name=self._task("patience")
            )
            await asyncio.wait(self._polls)
            if self._leaves:  # the queue may join again, and then has services of its own
                await _end(beside)
            self.silent.set()
            await self.worker.handoff.none_left(self.feed)
            explaining.cancel()
        self.done.set()

    def _give_back_all(self) -> None:
        self.last_tries.end()
        self._give_back(self.worker.handoff.abandon(self.feed))

    def _give_back(self, buffered: Sequence[Delivery]) -> None:
        """Give back what was buffered, and what waits for the end of a pause or an outage."""
        gone = [*buffered, *self.pause.take_back()]
        release(self.worker.breaker.stop(self.home), Unrun.DRAINED)
        self.worker.breaker.lost(gone)
        release(gone, Unrun.DRAINED)

    async def _leave(self) -> None:
        """Give back what is left, however it came to the end."""
        self.silent.set()
        self._give_back_all()
        await self.worker.handoff.none_left(self.feed)
        await self.releases.finish()
        self.unconfirmed = await self.acknowledger.finish(within=HURRIED_FINISH)
        self.worker.handoff.part(self.feed, self.home)
        self.worker.breaker.forget(self.home)
        self.admission.leave()
        self.done.set()
        self.ended.set()

    def _start_services(self, group: asyncio.TaskGroup) -> list[Loop]:
        services = {
            "start-check": self.start_check.run(),
            "acknowledger": self.acknowledger.run(),
            "heartbeat": self.heartbeat.run(),
            "locks": self.locks.run(),
            "releases": self.releases.run(),
            "janitor": self.janitor.run(),
        }
        return [self._start(group, name, run) for name, run in services.items()]

    def _start(self, group: asyncio.TaskGroup, name: str, run: Coroutine[None, None, None]) -> Loop:
        return group.create_task(unbroken(run), name=self._task(name))

    def _task(self, name: str) -> str:
        return f"{self.name}-{name}" if self.name else name


async def _end(tasks: Sequence[Loop]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
