"""One snapshot of several processes that serve the same queues: what each of them counts is added up.

===========  =======================================================================
of the sum   is
===========  =======================================================================
figures      the sum, with those of processes that have ended
tasks        all, sorted by start
workers      slots and messages added up; the breaker that is worst off; the rate of one
sources      messages added up; the latest depth; whether every lock store answers
draining     whether all are asked to stop
ready        whether a process is ready, since then every queue is received from
closures     the reasons that hold in every process; while none is ready, all reasons
===========  =======================================================================

A process that does not run, or has not said anything yet, is not ready and has no slots.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from sqsd_core.policy.admission import Closure
from sqsd_core.policy.figures import Figures
from sqsd_core.policy.scoreboard import ProcessState, Snapshot, SourceState, WorkerState, worst

T = TypeVar("T")


def summed(
    parts: Sequence[Snapshot],
    *,
    empty: Snapshot,
    past: Mapping[str, Figures],
    silent: Sequence[Closure],
    processes: Sequence[ProcessState],
) -> Snapshot:
    """Add up the processes.

    Args:
        parts: the snapshots of those that run
        empty: a snapshot with the names of the queues and workers, and whether all are asked to stop
        past: the figures of those that have ended, by queue
        silent: a reason for each that has said nothing yet
        processes: each of them
    """
    every = [empty, *parts]
    queues = {
        name: Figures.total(figures) for name, figures in _by_name([*(part.queues for part in every), past]).items()
    }
    ready = not empty.draining and any(part.ready for part in parts)
    return Snapshot.total(
        queues.values(),
        tasks=sorted((task for part in parts for task in part.tasks), key=lambda task: task.started_at),
        queues=queues,
        workers={name: _joined(states) for name, states in _by_name(part.workers for part in every).items()},
        sources={name: _merged(states) for name, states in _by_name(part.sources for part in parts).items()},
        draining=empty.draining,
        ready=ready,
        closures=_common([part.closures for part in parts]) if ready else _all([*(p.closures for p in parts), silent]),
        processes=processes,
    )


def added(past: Mapping[str, Figures], ended: Snapshot) -> Mapping[str, Figures]:
    """The figures of processes that have ended, with those of one more."""
    return {name: Figures.total(figures) for name, figures in _by_name([past, ended.queues]).items()}


def _by_name(maps: Iterable[Mapping[str, T]]) -> Mapping[str, Sequence[T]]:
    found: dict[str, list[T]] = {}
    for each in maps:
        for name, value in each.items():
            found.setdefault(name, []).append(value)
    return found


def _joined(states: Sequence[WorkerState]) -> WorkerState:
    return WorkerState(
        slots=sum(state.slots for state in states),
        running=sum(state.running for state in states),
        buffered=sum(state.buffered for state in states),
        breaker=worst([state.breaker for state in states]),
        time_limit=min(state.time_limit for state in states),
        held=sum(state.held for state in states),
        in_use=_in_use(states),
        rate=next((state.rate for state in states if state.rate), ""),
    )


def _in_use(states: Sequence[WorkerState]) -> int | None:
    """None where every process uses all of its slots by design."""
    if all(state.in_use is None for state in states):
        return None
    return sum(state.usable for state in states)


def _merged(states: Sequence[SourceState]) -> SourceState:
    return replace(
        states[0],
        depth=max((state.depth for state in states if state.depth), key=lambda depth: depth.at, default=None),
        buffered=sum(state.buffered for state in states),
        kept=sum(state.kept for state in states),
        locker_answers=all(state.locker_answers for state in states),
    )


def _all(closures: Iterable[Sequence[Closure]]) -> Sequence[Closure]:
    """Each reason once, since it first held."""
    first: dict[tuple[object, str], Closure] = {}
    for closure in sorted((one for some in closures for one in some), key=lambda one: one.since):
        first.setdefault((closure.reason, closure.where), closure)
    return list(first.values())


def _common(closures: Sequence[Sequence[Closure]]) -> Sequence[Closure]:
    """The reasons that hold in every process."""
    held = [{(one.reason, one.where) for one in some} for some in closures]
    return [one for one in _all(closures) if all((one.reason, one.where) in some for some in held)]
