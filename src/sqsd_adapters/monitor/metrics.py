"""The snapshot as metrics of Prometheus; docs/metrics.md describes each, and a test compares the two."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import inf, isfinite
from typing import get_args

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from sqsd_core.outcome import Outcome
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.breaker import State
from sqsd_core.policy.figures import Figures, Histograms
from sqsd_core.policy.histogram import Histogram
from sqsd_core.policy.scoreboard import Depth, Snapshot
from sqsd_core.version import __version__

OUTCOMES = tuple(outcome.__name__ for outcome in get_args(Outcome))
OPERATIONS = ("ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch", "GetQueueAttributes")

#: the labels and the value
Sample = tuple[Sequence[str], float]


def families(now: Snapshot, depths: Mapping[str, Depth]) -> Iterator[Metric]:
    """All metrics of one moment; each exists from the start, so that rates need no special case.

    What belongs to a queue has its name in the label ``queue``, also where there is one queue only.
    """
    yield from _of_daemon(now)
    yield from _of_state(now)
    yield from _depths(now, depths)
    yield from _of_workers(now)
    yield from _counters(now)
    yield from _histograms(now)
    yield from _of_processes(now)


def _of_daemon(now: Snapshot) -> Iterator[Metric]:
    yield _gauge("build_info", "The version that runs.", ["version"], [([__version__], 1)])
    ready = "1 if messages are received from every queue, or would be if a slot were free."
    yield _gauge("ready", ready, [], [([], now.ready)])
    yield _gauge("draining", "1 after the request to drain.", [], [([], now.draining)])
    routes = [([now.shown(queue), now.shown(source.worker)], 1) for queue, source in now.sources.items()]
    yield _gauge("route_info", "The worker that each queue feeds.", ["queue", "worker"], routes)


def _of_state(now: Snapshot) -> Iterator[Metric]:
    held = {queue: {closure.reason for closure in now.closures_of(queue)} for queue in now.queues}
    reasons = [([now.shown(queue), reason.value], reason in held[queue]) for queue in now.queues for reason in Reason]
    text = "1 while nothing is received from the queue for this reason."
    yield _gauge("admission_closed", text, ["queue", "reason"], reasons)
    answers = [([now.shown(queue)], source.locker_answers) for queue, source in now.sources.items()]
    yield _gauge("lock_store_up", "1 while the lock store answers.", ["queue"], answers)
    starts: dict[str, list[float]] = {queue: [] for queue in now.queues}
    for task in now.tasks:
        starts[task.queue].append(task.started_at)
    running = [([now.shown(queue)], len(began)) for queue, began in starts.items()]
    yield _gauge("tasks_in_flight", "Invocations that are running.", ["queue"], running)
    oldest = [([now.shown(queue)], min(began)) for queue, began in starts.items() if began]
    text = "Unix time at which the oldest running invocation began; absent while none runs."
    yield _gauge("oldest_task_start_time_seconds", text, ["queue"], oldest, unit="seconds")


def _depths(now: Snapshot, depths: Mapping[str, Depth]) -> Iterator[Metric]:
    counts = [
        ([now.shown(queue), state], getattr(depth, state))
        for queue, depth in depths.items()
        for state in ("visible", "in_flight", "delayed")
    ]
    text = "Messages in the queue by SQS's approximate count, asked for once a minute at most; absent while unknown."
    yield _gauge("queue_messages", text, ["queue", "state"], counts)
    text = "When SQS gave the counts of sqsd_queue_messages, in Unix time; absent while they are unknown."
    times = [([now.shown(queue)], depth.at) for queue, depth in depths.items()]
    yield _gauge("queue_messages_timestamp_seconds", text, ["queue"], times, unit="seconds")


def _of_workers(now: Snapshot) -> Iterator[Metric]:
    workers = [(now.shown(name), worker) for name, worker in now.workers.items()]
    slots = [([name], worker.slots) for name, worker in workers]
    yield _gauge("slots", "Maximum number of invocations side by side.", ["worker"], slots)
    usable = [([name], worker.usable) for name, worker in workers]
    text = "Slots that messages may take now; fewer than sqsd_slots while INVOKER_ADAPTIVE spares the worker."
    yield _gauge("slots_usable", text, ["worker"], usable)
    busy = [([name], worker.running) for name, worker in workers]
    yield _gauge("slots_busy", "Slots that are taken.", ["worker"], busy)
    limits = [([now.shown(name)], _time_limit(now, name)) for name in now.workers]
    text = "Time that an invocation may take: INVOKER_TIMEOUT, or what it was when one that still runs began."
    yield _gauge("invocation_timeout_seconds", text, ["worker"], limits, unit="seconds")
    buffered = [([name], worker.buffered) for name, worker in workers]
    yield _gauge("messages_buffered", "Messages that wait for a slot.", ["worker"], buffered)
    states = [([name, state.value], state is worker.breaker.state) for name, worker in workers for state in State]
    yield _gauge(
        "breaker_state", "1 for the state of the breaker: closed, open, probing or trial.", ["worker", "state"], states
    )


def _time_limit(now: Snapshot, worker: str) -> float:
    """A reload may have lowered it under that of a job that runs."""
    tasks = [task.time_limit for task in now.tasks if now.worker_of(task.queue) == worker]
    return max([now.workers[worker].time_limit, *filter(isfinite, tasks)])


def _counters(now: Snapshot) -> Iterator[Metric]:
    yield _count(now, "receives", "Receives that the queue answered.", lambda queue: queue.receives)
    yield _count(now, "receives_empty", "Receives that brought no message.", lambda queue: queue.empty_receives)
    yield _count(now, "messages_received", "Deliveries received.", lambda queue: queue.received)
    text = "Deliveries not run because their message is done, or is running here."
    yield _count(now, "messages_duplicate", text, lambda queue: queue.duplicates)
    text = "Deliveries left alone because their message is running in another daemon."
    yield _count(now, "messages_held_elsewhere", text, lambda queue: queue.held_elsewhere)
    text = "Messages whose deletion the queue confirmed."
    yield _count(now, "messages_deleted", text, lambda queue: queue.deleted)
    text = "Messages whose deletion was given up."
    yield _count(now, "messages_undeleted", text, lambda queue: queue.undeleted)
    text = "Messages that are tried again after their invocation did not succeed."
    yield _count(now, "messages_retried", text, lambda queue: queue.retries)
    text = "Messages that failed at their last receive: SQS then moves them to the dead-letter queue."
    yield _count(now, "dead_letters", text, lambda queue: queue.dead_letters)
    outcomes = _by_name(now, OUTCOMES, lambda queue: queue.outcomes, _snake)
    yield _counter("invocations", "Invocations that have ended.", ["queue", "outcome"], outcomes)
    yield _count(now, "invocations_cut_off", "Running jobs that a drain cancelled.", lambda queue: queue.cut_off)
    failed = _by_name(now, OPERATIONS, lambda queue: queue.failed_calls, str)
    yield _counter("sqs_calls_failed", "Calls to SQS that failed after all retries.", ["queue", "operation"], failed)


def _histograms(now: Snapshot) -> Iterator[Metric]:
    text = "Time from the sending of a message to its first invocation; retries are not counted."
    waits = [([now.shown(queue)], figures.waits) for queue, figures in now.queues.items()]
    yield _histogram("message_wait_seconds", text, ["queue"], waits)
    text = "Time of the invocations, until the worker has answered."
    durations = _timed(now, OUTCOMES, lambda queue: queue.durations, _snake)
    yield _histogram("invocation_duration_seconds", text, ["queue", "outcome"], durations)
    text = "Time of the calls to SQS, with their retries; a receive includes the long poll."
    calls = _timed(now, OPERATIONS, lambda queue: queue.calls, str)
    yield _histogram("sqs_call_duration_seconds", text, ["queue", "operation"], calls)


def _of_processes(now: Snapshot) -> Iterator[Metric]:
    """Of several processes under one parent; all other metrics are sums over them."""
    if not now.processes:
        return
    named = [([str(each.number)], each) for each in now.processes]
    up = [(name, each.pid is not None) for name, each in named]
    yield _gauge("process_up", "1 if the process runs.", ["process"], up)
    ready = [(name, each.ready) for name, each in named]
    text = "1 if the process receives messages, or would if a slot were free."
    yield _gauge("process_ready", text, ["process"], ready)
    running = [(name, each.running) for name, each in named]
    yield _gauge("process_tasks_in_flight", "Invocations that are running in the process.", ["process"], running)
    restarts = [(name, each.restarts) for name, each in named]
    text = "Times that the process ended and was started again."
    yield _counter("process_restarts", text, ["process"], restarts)


def _by_name(
    now: Snapshot,
    names: Iterable[str],
    counts: Callable[[Figures], Mapping[str, int]],
    shown: Callable[[str], str],
) -> list[Sample]:
    return [
        ([now.shown(queue), shown(name)], counts(figures).get(name, 0))
        for queue, figures in now.queues.items()
        for name in dict.fromkeys((*names, *counts(figures)))
    ]


def _timed(
    now: Snapshot, names: Iterable[str], histograms: Callable[[Figures], Histograms], shown: Callable[[str], str]
) -> Iterator[tuple[Sequence[str], Histogram]]:
    for queue, figures in now.queues.items():
        timed = histograms(figures)
        for name in dict.fromkeys((*names, *timed)):
            yield [now.shown(queue), shown(name)], timed[name]


def _count(now: Snapshot, name: str, text: str, count: Callable[[Figures], int]) -> Metric:
    samples = [([now.shown(queue)], count(figures)) for queue, figures in now.queues.items()]
    return _counter(name, text, ["queue"], samples)


def _counter(name: str, text: str, labels: Sequence[str], samples: Iterable[Sample]) -> Metric:
    family = CounterMetricFamily(f"sqsd_{name}", text, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _gauge(name: str, text: str, labels: Sequence[str], samples: Iterable[Sample], *, unit: str = "") -> Metric:
    family = GaugeMetricFamily(f"sqsd_{name}", text, labels=labels, unit=unit)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _histogram(
    name: str, text: str, labels: Sequence[str], samples: Iterable[tuple[Sequence[str], Histogram]]
) -> Metric:
    family = HistogramMetricFamily(f"sqsd_{name}", text, labels=labels, unit="seconds")
    for values, timed in samples:
        buckets = [("+Inf" if bound == inf else str(bound), count) for bound, count in timed.cumulative]
        family.add_metric(values, buckets, timed.sum)
    return family


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
