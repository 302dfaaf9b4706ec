"""The nested lifetimes: services ⊃ consumers ⊃ fetchers, opened in this order and closed inside out."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from types import MappingProxyType

from sqsd_core.flow.delivery import release
from sqsd_core.flow.drain_log import DrainLog
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.flow.routes import connect
from sqsd_core.flow.services.reporter import Reporter
from sqsd_core.flow.source.start_check import describe
from sqsd_core.policy.admission import Closure, Reason
from sqsd_core.policy.scoreboard import Snapshot, Task
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.invoker import Invoker, Probe
from sqsd_core.ports.lock_store import LockStore
from sqsd_core.ports.queue import Queue

FINISH = 5.0  # seconds for the last acknowledgements, where less is left of the drain
HURRIED_FINISH = 2.0  # seconds for them after a second request

Loop = asyncio.Task[None]
#: runs beside the work until it is cancelled
Service = Callable[[], Coroutine[None, None, None]]

logger = logging.getLogger(__name__)


class Daemon:
    """Runs until drained; answers the monitor's port. Open the adapters before, close them after."""

    def __init__(
        self,
        *,
        queue: Queue,
        invoker: Invoker,
        lock_store: LockStore,
        clock: Clock,
        random: Callable[[], float],
        instance: str,
        probe: Probe | None = None,
        services: Mapping[str, Service] = MappingProxyType({}),
        options: DaemonOptions,
    ) -> None:
        self._queue = queue
        self._services = services
        self._clock = clock
        self._options = options
        self._finish = FINISH
        self._stations = connect(
            queue=queue,
            invoker=invoker,
            lock_store=lock_store,
            clock=clock,
            random=random,
            instance=instance,
            probe=probe,
            options=options,
        )
        self._stations.admission.close(Reason.STARTING)
        self._reporter = Reporter(monitor=self, troubles=self._stations.troubles)
        self._drain_log = DrainLog(
            handoff=self._stations.handoff, acknowledger=self._stations.acknowledger, wait_time=options.wait_time
        )
        #: deletions that the queue had not confirmed when ``run`` ended
        self.unconfirmed = 0

    def __repr__(self) -> str:
        state = "draining" if self._stations.drain.requested else "receiving" if self.ready else "not ready"
        return f"<Daemon {state}, {self._stations.handoff!r}, {self._stations.breaker!r}>"

    @property
    def ready(self) -> bool:
        """Whether messages are received, or would be if there were a free slot."""
        return self._stations.admission.ready

    def drain(self) -> None:
        """Stop receiving and let ``run`` finish; called again, release everything and leave at once."""
        logger.info("leaving at once" if self._stations.drain.requested else "draining")
        self._stations.admission.close(Reason.DRAINING)
        self._stations.drain.request()

    def snapshot(self) -> Snapshot:
        """The scoreboard of this moment."""
        board = self._stations.scoreboard
        tasks = board.tasks
        return Snapshot(
            tasks=tasks,
            outcomes=dict(board.outcomes),
            receives=board.receives,
            empty_receives=board.empty_receives,
            received=board.received,
            duplicates=board.duplicates,
            held_elsewhere=board.held_elsewhere,
            deleted=board.deleted,
            undeleted=board.undeleted,
            cut_off=board.cut_off,
            slots=self._options.slots,
            buffered=self._stations.handoff.buffered,
            breaker=self._stations.breaker.current,
            draining=self._stations.drain.requested,
            ready=self.ready,
            closures=self._closures(tasks),
        )

    def _closures(self, tasks: Sequence[Task]) -> Sequence[Closure]:
        """What the admission holds; busy slots are read off the tasks, since they come and go with each message."""
        closures = self._stations.admission.closures
        if len(tasks) < self._options.slots:
            return closures
        return (*closures, Closure(reason=Reason.SLOTS_BUSY, since=tasks[-1].started_at))

    async def run(self) -> int:
        """Receive, invoke and settle until drained; returns how many running jobs the drain cut off.

        ``unconfirmed`` then tells how many deletions were left.

        Raises:
            QueueRefused: the queue turns us away at start, or (QueueNotFound) does not exist.

        """
        if not self._stations.drain.requested:
            with self._stations.drain.interrupts():
                if description := await describe(self._queue, admission=self._stations.admission):
                    self._stations.redrive.max_receive_count = description.max_receive_count
                    self._stations.comebacks.allow(description.max_receive_count)
                await self._stations.locks.check()
        try:
            async with asyncio.TaskGroup() as services:
                running = self._start_services(services)
                await self._work()
                await self._stations.releases.finish()
                with self._drain_log.explains_deletions():
                    await self._stations.acknowledger.finish(within=self._finish)
                for task in running:
                    task.cancel()
        except BaseExceptionGroup as group:
            raise _first(group) from group
        finally:
            self._stations.deadlines.close()
            release(self._stations.handoff.abandon())
            await self._stations.releases.finish()
            self.unconfirmed = await self._stations.acknowledger.finish(within=HURRIED_FINISH)
        return self._stations.scoreboard.cut_off

    def _start_services(self, group: asyncio.TaskGroup) -> list[Loop]:
        services = {
            "acknowledger": self._stations.acknowledger.run(),
            "heartbeat": self._stations.heartbeat.run(),
            "prober": self._stations.prober.run(),
            "locks": self._stations.locks.run(),
            "releases": self._stations.releases.run(),
            "janitor": self._stations.janitor.run(),
            "reporter": self._reporter.run(),
            **{name: service() for name, service in self._services.items()},
        }
        return [group.create_task(_unbroken(run), name=name) for name, run in services.items()]

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as consumers:
            slots = [
                consumers.create_task(_unbroken(self._stations.consumer.run()), name=f"slot-{number}")
                for number in range(self._options.slots)
            ]
            async with asyncio.TaskGroup() as fetchers:
                polls = [
                    fetchers.create_task(_unbroken(self._stations.fetcher.run()), name=f"fetcher-{number}")
                    for number in range(self._options.receivers)
                ]
                await self._stations.drain.wait()
                ends = self._clock.monotonic() + self._drain_timeout
                self._stations.handoff.close()
                await self._release_buffered()
                await self._finish_or_cut(fetchers, polls=polls, slots=slots, ends=ends)
            # What the acknowledgements may still take of the drain's time.
            self._finish = (
                HURRIED_FINISH if self._stations.drain.hurried else max(FINISH, ends - self._clock.monotonic())
            )

    async def _finish_or_cut(
        self, group: asyncio.TaskGroup, *, polls: list[Loop], slots: list[Loop], ends: float
    ) -> None:
        """Give polls and jobs under way until ``ends``, then cancel what is left."""
        finished = group.create_task(_all_done([*polls, *slots]), name="finished")
        hurried = group.create_task(self._stations.drain.wait_hurried(), name="hurried")
        left = max(0.0, ends - self._clock.monotonic())
        patience = group.create_task(self._drain_log.explain(polls, at_most=left), name="patience")
        await asyncio.wait({finished, hurried}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        for task in (*polls, *slots, finished, hurried, patience):
            task.cancel()

    async def _release_buffered(self) -> None:
        release([*self._stations.handoff.abandon(), *self._stations.breaker.stop()])
        await self._stations.releases.finish()

    @property
    def _drain_timeout(self) -> float:
        timeout = self._options.drain_timeout
        return self._options.invoker_timeout if timeout is None else timeout


async def _unbroken(loop: Coroutine[None, None, None]) -> None:
    """Let a loop that ends by a cancellation that nobody asked for end the daemon, where its group would not notice."""
    try:
        await loop
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and not task.cancelling():
            raise RuntimeError("a loop was cancelled from within") from error
        raise


async def _all_done(tasks: list[Loop]) -> None:
    await asyncio.wait(tasks)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
