"""Whether a restart would help: the daemon has stopped working, and no reason not to receive explains it.

====================  ================================================================  ==========================
suspicion             holds while                                                       not alive after
====================  ================================================================  ==========================
stalled               messages are visible and a slot is free, but nothing is received  STALL + a receive's patience
overdue               the same invocation is running                                    twice its time limit + MARGIN
stuck                 threads of jobs outlived their time limit (STUCK_JOBS)            STALL, or limit + MARGIN
====================  ================================================================  ==========================

A daemon that drains is alive, since the drain ends by itself. An outage of SQS, an open breaker, a pause and every
other reason of ``policy/admission`` explain why nothing is received. A breaker that is closed only after a trial does
so as well. Queues that share a worker are judged together: one that waits for its turn is well.

Times are counted from look to look. A gap counts as GAP at most, so that a daemon that was stopped for an hour, as a
suspended machine does, is given time to go on.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sqsd_core.policy.admission import Reason
from sqsd_core.policy.breaker import State
from sqsd_core.policy.scoreboard import Depth, Snapshot, WorkerState

STALL = 300.0  # seconds; the AWS SDK's time limits and retries take less than 180
MARGIN = 60.0  # seconds
GAP = 60.0  # seconds between two looks that count at most


class Suspicion(NamedTuple):
    """What may turn out to be the end of the daemon's work."""

    #: the same while nothing has changed
    key: Hashable
    #: seconds for which it may hold
    limit: float
    #: what an operator is told, without what a peer said
    sentence: str


class Liveness:
    """Remembers for how long each suspicion has held; ``now`` is monotonic seconds."""

    def __init__(self) -> None:
        self._held: dict[Hashable, float] = {}
        self._looked_at: float | None = None

    def look(self, snapshot: Snapshot, *, depths: Mapping[str, Depth], now: float) -> Sequence[str]:
        """Why the daemon is not alive, in sentences; empty while it is."""
        gap = 0.0 if self._looked_at is None else min(GAP, now - self._looked_at)
        self._looked_at = now
        found = [] if snapshot.draining else list(suspicions(snapshot, depths))
        self._held = {each.key: self._held[each.key] + gap if each.key in self._held else 0.0 for each in found}
        return [each.sentence for each in found if self._held[each.key] >= each.limit]


def suspicions(now: Snapshot, depths: Mapping[str, Depth]) -> Iterator[Suspicion]:
    """Every suspicion of this moment."""
    yield from (_stalled(now, name) for name, worker in now.workers.items() if _is_idle(now, depths, name, worker))
    for task in now.tasks:
        sentence = _about(task.queue, "an invocation runs far beyond its time limit")
        yield Suspicion((task.receipt, task.started_at), 2 * task.time_limit + MARGIN, sentence)
    for closure in now.closures:
        if closure.reason is Reason.STUCK_JOBS:
            limit = max(STALL, now.workers[closure.where].time_limit + MARGIN)
            yield Suspicion((closure.reason, closure.where, closure.since), limit, closure.sentence)


def _is_idle(now: Snapshot, depths: Mapping[str, Depth], name: str, worker: WorkerState) -> bool:
    """Whether nothing explains why the worker gets no message, though one is visible."""
    if worker.running + worker.buffered >= worker.usable or worker.breaker.state is not State.CLOSED:
        return False
    return any(
        queue in depths and depths[queue].visible > 0 and not now.closures_of(queue)
        for queue, source in now.sources.items()
        if source.worker == name
    )


def _stalled(now: Snapshot, name: str) -> Suspicion:
    queues = [queue for queue, source in now.sources.items() if source.worker == name]
    figures = [now.queues[queue] for queue in queues]
    progress = (
        sum(each.receives + each.failed_calls["ReceiveMessage"] + each.outcomes.total() for each in figures),
        max((task.started_at for task in now.tasks if task.queue in queues), default=0.0),
    )
    limit = STALL + max(now.sources[queue].patience for queue in queues)
    sentence = "messages are visible and a slot is free, but nothing is received"
    return Suspicion((name, progress), limit, _about(name, sentence))


def _about(name: str, sentence: str) -> str:
    return f"{name}: {sentence}" if name else sentence
