"""The snapshot in Prometheus' text format, version 0.0.4."""

import re
from collections.abc import Iterable, Mapping
from typing import get_args

from sqsd_core.outcome import Outcome
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.breaker import State
from sqsd_core.policy.scoreboard import Snapshot
from sqsd_core.version import __version__

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

OUTCOMES = tuple(outcome.__name__ for outcome in get_args(Outcome))


def exposition(snapshot: Snapshot) -> str:
    """All metrics of one moment; each exists from the start, so that rates need no special case."""
    return "".join((*_counters(snapshot), *_gauges(snapshot)))


def _counters(now: Snapshot) -> Iterable[str]:
    outcomes = {_snake(name): now.outcomes.get(name, 0) for name in OUTCOMES}
    yield _counter("receives", "Receives that the queue answered.", now.receives)
    yield _counter("receives_empty", "Receives that brought no message.", now.empty_receives)
    yield _counter("messages_received", "Deliveries received.", now.received)
    yield _counter("messages_duplicate", "Deliveries not run, as their message was done.", now.duplicates)
    yield _counter("messages_held_elsewhere", "Deliveries left to another daemon.", now.held_elsewhere)
    yield _counter("messages_deleted", "Messages whose deletion the queue confirmed.", now.deleted)
    yield _counter("messages_undeleted", "Messages whose deletion was given up.", now.undeleted)
    yield _family("invocations_total", "counter", "Finished invocations.", label="outcome", values=outcomes)
    yield _counter("invocations_cut_off", "Running jobs that a drain cut off.", now.cut_off)


def _gauges(now: Snapshot) -> Iterable[str]:
    states = {state.value: int(state is now.breaker.state) for state in State}
    held = {closure.reason for closure in now.closures}
    reasons = {reason.value: int(reason in held) for reason in Reason}
    yield _family("build_info", "gauge", "The version that runs.", label="version", values={__version__: 1})
    yield _gauge("ready", "1 while it receives, or would if there were a free slot.", int(now.ready))
    yield _gauge("draining", "1 once it was asked to stop.", int(now.draining))
    text = "1 while nothing is received for this reason."
    yield _family("admission_closed", "gauge", text, label="reason", values=reasons)
    yield _gauge("slots", "Invocations that may run side by side.", now.slots)
    yield _gauge("tasks_in_flight", "Invocations that are running.", len(now.tasks))
    yield _gauge("messages_buffered", "Messages that wait for a slot.", now.buffered)
    yield _family("breaker_state", "gauge", "1 for the breaker's state.", label="state", values=states)
    if now.tasks:
        started_at = now.tasks[0].started_at
        yield _gauge("oldest_task_start_time_seconds", "Unix time at which the oldest task began.", started_at)


def _counter(name: str, text: str, value: float) -> str:
    return f"{_head(f'{name}_total', 'counter', text)}sqsd_{name}_total {value}\n"


def _gauge(name: str, text: str, value: float) -> str:
    return f"{_head(name, 'gauge', text)}sqsd_{name} {value}\n"


def _family(name: str, kind: str, text: str, *, label: str, values: Mapping[str, float]) -> str:
    samples = (f'sqsd_{name}{{{label}="{key}"}} {value}\n' for key, value in values.items())
    return _head(name, kind, text) + "".join(samples)


def _head(name: str, kind: str, text: str) -> str:
    return f"# HELP sqsd_{name} {text}\n# TYPE sqsd_{name} {kind}\n"


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
