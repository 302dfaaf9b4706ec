"""Pure translation of the daemon's status to the messages of proto/sqsd.proto."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_adapters.monitor.wire import duration, encoded_task, timestamp
from sqsd_core.policy.admission import Closure, Reason
from sqsd_core.policy.breaker import Breaker, State
from sqsd_core.policy.figures import Figures
from sqsd_core.policy.histogram import Histogram
from sqsd_core.policy.recent import STEP, Recent
from sqsd_core.policy.scoreboard import Depth, ProcessState, Snapshot, SourceState
from sqsd_core.policy.status import Status
from sqsd_core.version import __version__

MAX_TASKS = 200  # of one status


def encoded(status: Status, *, tasks: int) -> sqsd_pb2.Status:
    """The status with its ``tasks`` longest running tasks, at most MAX_TASKS."""
    now = status.snapshot
    running = Counter(task.queue for task in now.tasks)
    return sqsd_pb2.Status(
        version=__version__,
        instance=status.instance,
        started_at=timestamp(status.started_at),
        at=timestamp(status.at),
        ready=now.ready,
        draining=now.draining,
        reasons=reasons(status),
        queues=[_queue(status, name, source, running[name]) for name, source in now.sources.items()],
        workers=[_worker(status, name) for name in now.workers],
        tasks_in_flight=len(now.tasks),
        tasks=[encoded_task(task, now.shown(task.queue)) for task in now.tasks[: min(tasks, MAX_TASKS)]],
        processes=[_process(process) for process in now.processes],
    )


def _process(process: ProcessState) -> sqsd_pb2.Process:
    return sqsd_pb2.Process(
        number=process.number,
        pid=process.pid or 0,
        restarts=process.restarts,
        ready=process.ready,
        draining=process.draining,
        slots=process.slots,
        busy=process.running,
        buffered=process.buffered,
    )


def reasons(status: Status) -> Sequence[sqsd_pb2.Reason]:
    """Every reason not to receive that holds, in the order of the snapshot."""
    return [_reason(closure, _until(closure, status)) for closure in status.snapshot.closures]


def pauses(snapshot: Snapshot) -> Sequence[sqsd_pb2.Reason]:
    """The pauses that hold."""
    return [_reason(closure, closure.until) for closure in snapshot.closures if closure.reason is Reason.PAUSED]


def _reason(closure: Closure, until: float | None) -> sqsd_pb2.Reason:
    return sqsd_pb2.Reason(
        reason=closure.reason.value,
        text=closure.sentence,
        why=closure.why,
        where=closure.where,
        healthy=closure.healthy,
        since=timestamp(closure.since),
        until=timestamp(until),
    )


def _until(closure: Closure, status: Status) -> float | None:
    if closure.reason is Reason.BREAKER_OPEN and closure.where in status.snapshot.workers:
        return _next_probe(status.snapshot.workers[closure.where].breaker, status)
    return closure.until


def _queue(status: Status, name: str, source: SourceState, running: int) -> sqsd_pb2.Queue:
    figures, recent = status.snapshot.queues[name], status.recent.get(name, Recent())
    return sqsd_pb2.Queue(
        name=status.snapshot.shown(name),
        sqs_name=source.queue,
        worker=status.snapshot.shown(source.worker),
        in_flight=running,
        buffered=source.buffered,
        kept=source.kept,
        max_receive_count=source.max_receive_count or 0,
        depth=_depth(status.depths.get(name), now=status.at),
        totals=_totals(figures),
        recent=_recent(recent),
        causes=_causes(figures, recent),
        lock_store=source.locker,
        lock_store_answers=source.locker_answers,
    )


def _worker(status: Status, name: str) -> sqsd_pb2.Worker:
    now = status.snapshot
    worker, fed = now.workers[name], [queue for queue, source in now.sources.items() if source.worker == name]
    return sqsd_pb2.Worker(
        name=now.shown(name),
        slots=worker.slots,
        busy=worker.running,
        buffered=worker.buffered,
        breaker=_breaker(worker.breaker, status),
        queues=[now.shown(queue) for queue in fed],
        totals=_totals(Figures.total(now.queues[queue] for queue in fed)),
        recent=_recent(Recent.total(status.recent[queue] for queue in fed if queue in status.recent)),
        time_limit=duration(worker.time_limit),
        usable=worker.in_use,
        rate=worker.rate,
    )


def _breaker(breaker: Breaker, status: Status) -> sqsd_pb2.Breaker:
    return sqsd_pb2.Breaker(
        state=breaker.state.value,
        since=timestamp(_wall(breaker.since, status)),
        failures=breaker.failures,
        reason=breaker.reason,
        next_probe_at=timestamp(_next_probe(breaker, status)),
    )


def _next_probe(breaker: Breaker, status: Status) -> float | None:
    return _wall(breaker.until, status) if breaker.state is State.OPEN else None


def _wall(instant: float, status: Status) -> float:
    """Unix time of an instant on the clock of the breakers."""
    return status.at + instant - status.monotonic


def _depth(depth: Depth | None, *, now: float) -> sqsd_pb2.Depth | None:
    if depth is None:
        return None
    return sqsd_pb2.Depth(
        visible=depth.visible,
        in_flight=depth.in_flight,
        delayed=depth.delayed,
        at=timestamp(depth.at),
        trend=depth.trend,
        age=duration(depth.age(now)),
    )


def _totals(figures: Figures) -> sqsd_pb2.Totals:
    return sqsd_pb2.Totals(
        outcomes={_snake(name): count for name, count in figures.outcomes.items()},
        receives=figures.receives,
        empty_receives=figures.empty_receives,
        received=figures.received,
        retries=figures.retries,
        dead_letters=figures.dead_letters,
        duplicates=figures.duplicates,
        held_elsewhere=figures.held_elsewhere,
        deleted=figures.deleted,
        undeleted=figures.undeleted,
        cut_off=figures.cut_off,
        sqs_calls={name: calls.count for name, calls in figures.calls.items()},
        sqs_errors=figures.failed_calls,
    )


def _recent(recent: Recent) -> sqsd_pb2.Recent:
    return sqsd_pb2.Recent(
        window=duration(recent.seconds),
        ended=recent.ended,
        failed=recent.failed,
        wait=_percentiles(recent.waits),
        invocation=_percentiles(recent.durations),
        step=duration(STEP),
        points=[sqsd_pb2.Point(ended=point.ended, failed=point.failed) for point in recent.points],
    )


def _percentiles(histogram: Histogram) -> sqsd_pb2.Percentiles:
    return sqsd_pb2.Percentiles(
        count=histogram.count,
        p50=histogram.quantile(0.5) or 0.0,
        p90=histogram.quantile(0.9) or 0.0,
        p99=histogram.quantile(0.99) or 0.0,
    )


def _causes(figures: Figures, recent: Recent) -> Sequence[sqsd_pb2.Cause]:
    counts: Mapping[str, int] = figures.causes
    order = sorted(counts, key=lambda reason: (recent.causes[reason], counts[reason]), reverse=True)
    return [sqsd_pb2.Cause(reason=reason, count=counts[reason], recent=recent.causes[reason]) for reason in order]


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
