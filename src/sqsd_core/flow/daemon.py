"""The daemon: its workers and the queues that feed them, from the start to the end of the drain."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqsd_core.flow.admission import Admission
from sqsd_core.flow.crew import Crew
from sqsd_core.flow.drain import Drain
from sqsd_core.flow.loops import unbroken
from sqsd_core.flow.plan import Plan
from sqsd_core.flow.services.depth import Depths
from sqsd_core.flow.services.job_log import JobLog
from sqsd_core.flow.services.recent import RecentMinutes
from sqsd_core.flow.services.reporter import Reporter
from sqsd_core.flow.services.scoreboard import Scoreboard
from sqsd_core.flow.shared import Shared
from sqsd_core.flow.source.source import HURRIED_FINISH
from sqsd_core.flow.watchers import Watchers
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.scoreboard import Depth, Snapshot
from sqsd_core.policy.status import Status
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.observer import Observer

FINISH = 5.0  # minimum seconds for the last acknowledgements

logger = logging.getLogger(__name__)


class Daemon:
    """Runs until drained; answers the monitor's port. Open the adapters before, close them after."""

    def __init__(
        self,
        *,
        plan: Plan,
        clock: Clock,
        random: Callable[[], float],
        instance: str,
        observers: Sequence[Observer] = (),
    ) -> None:
        self._clock = clock
        self._drain = Drain()
        self._drain_timeout = plan.drain_timeout
        self._ends: float | None = None
        self._scoreboard = Scoreboard()
        watchers = Watchers([self._scoreboard, JobLog(), *observers])
        self._admission = Admission(clock=clock, told=watchers)
        shared = Shared(
            admission=self._admission,
            watchers=watchers,
            clock=clock,
            random=random,
            time_left=self._time_left,
            finish_time=self._finish_time,
        )
        #: the workers and sources, to which a running daemon may be given more
        self.crew = Crew(plan=plan, shared=shared, scoreboard=self._scoreboard, instance=instance)
        self._instance = instance
        self._started_at: float | None = None
        self._recent = RecentMinutes(figures=lambda: self._scoreboard.figures(self.crew.tasks), clock=clock)
        self._depths = Depths(queues=lambda: self.crew.queues, clock=clock)
        self._reporter = Reporter(monitor=self, flush=self.crew.flush_troubles)

    def __repr__(self) -> str:
        state = "draining" if self._drain.requested else "receiving" if self.ready else "not ready"
        return f"<Daemon {state}, {self.crew!r}>"

    @property
    def ready(self) -> bool:
        """Whether messages are received from every queue, or would be if there were a free slot."""
        return self._admission.ready and self.crew.ready

    @property
    def unconfirmed(self) -> int:
        """Deletions that the queues had not confirmed when ``run`` ended."""
        return self.crew.unconfirmed

    def drain(self) -> None:
        """Stop receiving and let ``run`` finish; a second call releases everything and exits at once."""
        logger.info("stopping at once" if self._drain.requested else "draining")
        self._admission.close(Reason.DRAINING)
        if self._ends is None:
            self._ends = self._clock.monotonic() + self._patience
        self._drain.request()
        self.crew.drain()

    def pause(self, *, queue: str | None = None, seconds: float | None = None) -> None:
        """Receive nothing and start nothing from one queue, or from all; what runs goes on.

        The pause lasts until ``resume``, for so many seconds, or until the process ends. A queue goes by the name of
        its table, or by its own.

        Raises:
            UnknownQueue: there is no such queue.
        """
        self.crew.pauses.begin(queue, seconds=seconds)

    def resume(self, *, queue: str | None = None) -> None:
        """Receive again from one queue, or from all.

        Raises:
            UnknownQueue: there is no such queue.
        """
        self.crew.pauses.end(queue)

    def snapshot(self) -> Snapshot:
        """The scoreboard of this moment."""
        tasks, depths = self.crew.tasks, self._depths.known
        queues = self._scoreboard.figures(tasks)
        return Snapshot.total(
            queues.values(),
            tasks=tasks,
            queues=queues,
            workers=self.crew.states,
            sources={name: replace(state, depth=depths.get(name)) for name, state in self.crew.source_states.items()},
            draining=self._drain.requested,
            ready=self.ready,
            closures=(*self._admission.closures, *self.crew.closures(tasks)),
        )

    def status(self) -> Status:
        """What the scoreboard, the last five minutes and the queues' depths say."""
        now = self._clock.now()
        return Status(
            snapshot=self.snapshot(),
            instance=self._instance,
            started_at=now if self._started_at is None else self._started_at,
            at=now,
            monotonic=self._clock.monotonic(),
            recent=self._recent.look(),
            depths=self.depths(),
        )

    def depths(self) -> Mapping[str, Depth]:
        """How many messages each queue holds, where that is known; whoever looks makes the daemon ask again."""
        return self._depths.look()

    async def run(self) -> int:
        """Receive, invoke and settle until drained; returns how many running jobs the drain cut off.

        ``unconfirmed`` then tells how many deletions were left.

        Raises:
            QueueRefused: a queue turns us away at start, or (QueueNotFound) does not exist.
            SqsdError: what the plan of a queue demands cannot become true.

        """
        self._started_at = self._clock.now()
        try:
            async with asyncio.TaskGroup() as group:
                services = [
                    group.create_task(unbroken(run), name=name)
                    for name, run in {
                        "reporter": self._reporter.run(),
                        "recent": self._recent.run(),
                        "depths": self._depths.run(),
                    }.items()
                ]
                await self.crew.run(self._wind_down)
                for service in services:
                    service.cancel()
        except BaseExceptionGroup as group_of_errors:
            raise _first(group_of_errors) from group_of_errors
        return sum(figures.cut_off for figures in self._scoreboard.figures().values())

    async def _wind_down(self) -> None:
        """Wait for the drain; then give polls and jobs their time and cut what is left."""
        await self._drain.wait()
        async with asyncio.TaskGroup() as group:
            done = group.create_task(self.crew.done(), name="finished")
            hurried = group.create_task(self._drain.wait_hurried(), name="hurried")
            await asyncio.wait({done, hurried}, timeout=self._time_left(), return_when=asyncio.FIRST_COMPLETED)
            self.crew.cut()
            done.cancel()
            hurried.cancel()

    @property
    def _patience(self) -> float:
        return self.crew.longest_job if self._drain_timeout is None else self._drain_timeout

    def _time_left(self) -> float:
        ends = self._ends
        return self._patience if ends is None else max(0.0, ends - self._clock.monotonic())

    def _finish_time(self) -> float:
        """What the acknowledgements may take of the drain's time."""
        return HURRIED_FINISH if self._drain.hurried else max(FINISH, self._time_left())


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
