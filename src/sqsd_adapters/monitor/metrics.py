"""The snapshot in Prometheus' text format, version 0.0.4."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import get_args

from sqsd_core.outcome import Outcome
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.breaker import State
from sqsd_core.policy.scoreboard import Snapshot
from sqsd_core.version import __version__

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

#: labels and the value
Sample = tuple[Mapping[str, str], float]

OUTCOMES = tuple(outcome.__name__ for outcome in get_args(Outcome))


def exposition(snapshot: Snapshot) -> str:
    """All metrics of one moment; each exists from the start, so that rates need no special case.

    Where the daemon has several queues, a label names the queue or the worker.
    """
    return "".join((*_counters(snapshot), *_gauges(snapshot), *_worker_gauges(snapshot)))


def _counters(now: Snapshot) -> Iterable[str]:
    yield _of_queues(now, "receives", "Receives that the queue answered.", "receives")
    yield _of_queues(now, "receives_empty", "Receives that brought no message.", "empty_receives")
    yield _of_queues(now, "messages_received", "Deliveries received.", "received")
    yield _of_queues(now, "messages_duplicate", "Deliveries not run because their message is done.", "duplicates")
    yield _of_queues(now, "messages_held_elsewhere", "Deliveries left to another daemon.", "held_elsewhere")
    yield _of_queues(now, "messages_deleted", "Messages whose deletion the queue confirmed.", "deleted")
    yield _of_queues(now, "messages_undeleted", "Messages whose deletion was given up.", "undeleted")
    outcomes = [
        ({**_named("queue", queue), "outcome": _snake(name)}, figures.outcomes[name])
        for queue, figures in now.queues.items()
        for name in OUTCOMES
    ]
    yield _family("invocations_total", "counter", "Finished invocations.", outcomes)
    yield _of_queues(now, "invocations_cut_off", "Running jobs that a drain cancelled.", "cut_off")


def _gauges(now: Snapshot) -> Iterable[str]:
    yield _gauge("build_info", "The version that runs.", [({"version": __version__}, 1)])
    yield _gauge("ready", "1 if messages are received, or would be if a slot were free.", [({}, int(now.ready))])
    yield _gauge("draining", "1 after the request to drain.", [({}, int(now.draining))])
    held = {(closure.where, closure.reason) for closure in now.closures}
    reasons = [
        ({**_named("where", where), "reason": reason.value}, int((where, reason) in held))
        for where in dict.fromkeys(("", *now.queues, *now.workers))
        for reason in Reason
    ]
    yield _gauge("admission_closed", "1 while nothing is received for this reason.", reasons)
    running = Counter(task.queue for task in now.tasks)
    tasks = [(_named("queue", queue), running[queue]) for queue in now.queues]
    yield _gauge("tasks_in_flight", "Invocations that are running.", tasks)
    if now.tasks:
        started_at = now.tasks[0].started_at
        text = "Unix time at which the oldest task began."
        yield _gauge("oldest_task_start_time_seconds", text, [({}, started_at)])


def _worker_gauges(now: Snapshot) -> Iterable[str]:
    workers = [(_named("worker", name), worker) for name, worker in now.workers.items()]
    slots = [(name, worker.slots) for name, worker in workers]
    yield _gauge("slots", "Maximum number of invocations side by side.", slots)
    buffered = [(name, worker.buffered) for name, worker in workers]
    yield _gauge("messages_buffered", "Messages that wait for a slot.", buffered)
    states = [
        ({**name, "state": state.value}, int(state is worker.breaker.state))
        for name, worker in workers
        for state in State
    ]
    yield _gauge("breaker_state", "1 for the breaker's state.", states)


def _of_queues(now: Snapshot, name: str, text: str, figure: str) -> str:
    samples = [(_named("queue", queue), getattr(figures, figure)) for queue, figures in now.queues.items()]
    return _family(f"{name}_total", "counter", text, samples)


def _gauge(name: str, text: str, samples: Iterable[Sample]) -> str:
    return _family(name, "gauge", text, samples)


def _family(name: str, kind: str, text: str, samples: Iterable[Sample]) -> str:
    head = f"# HELP sqsd_{name} {text}\n# TYPE sqsd_{name} {kind}\n"
    return head + "".join(f"sqsd_{name}{_braced(labels)} {value}\n" for labels, value in samples)


def _braced(labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{key}="{value}"' for key, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _named(kind: str, name: str) -> dict[str, str]:
    """The label of a queue or worker; none where there is one only."""
    return {kind: name} if name else {}


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
