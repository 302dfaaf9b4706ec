"""The snapshot as metrics of Prometheus."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.metrics_core import Metric

from sqsd_adapters.monitor.metrics import OPERATIONS, families
from sqsd_core.policy.admission import Closure, Reason
from sqsd_core.policy.breaker import State
from sqsd_core.policy.figures import CALLS, DURATIONS, WAITS, Figures
from sqsd_core.policy.histogram import Histogram
from sqsd_core.policy.scoreboard import Depth, Snapshot, SourceState
from tests.support.monitor import IDLE, task

OUTCOMES = {"succeeded", "failed", "retry_later", "retained", "unavailable", "interrupted"}
#: what is about the process and not about a queue or a worker
OF_DAEMON = {"sqsd_build_info", "sqsd_ready", "sqsd_draining"}


def with_figures(**figures: Any) -> Snapshot:
    return replace(IDLE, queues={"": Figures(**figures)})


def with_worker(snapshot: Snapshot, **state: Any) -> Snapshot:
    return replace(snapshot, workers={"": replace(IDLE.workers[""], **state)})


def values(now: Snapshot, name: str, *labels: str) -> dict[tuple[str, ...], float]:
    """The values of one sample by some of its labels."""
    return {
        tuple(sample.labels[label] for label in labels): sample.value
        for family in families(now, {})
        for sample in family.samples
        if sample.name == name
    }


def value(now: Snapshot, name: str) -> float:
    (found,) = values(now, name).values()
    return found


def test_no_metric_is_described_twice() -> None:
    names = [family.name for family in families(IDLE, {})]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("family", list(families(IDLE, {})), ids=lambda family: family.name)
def test_a_metric_has_a_sentence_and_a_sample_from_the_start(family: Metric) -> None:
    assert family.documentation.endswith(".")
    absent = {
        "sqsd_oldest_task_start_time_seconds",
        "sqsd_queue_messages",
        "sqsd_queue_messages_timestamp_seconds",
    }
    assert bool(family.samples) is (family.name not in absent)


@pytest.mark.parametrize("family", list(families(IDLE, {})), ids=lambda family: family.name)
def test_what_is_not_the_daemons_has_the_name_of_the_only_queue(family: Metric) -> None:
    labels = {(label, value) for sample in family.samples for label, value in sample.labels.items()}
    named = {("queue", "jobs"), ("worker", "jobs")} & labels
    assert bool(named) is (family.name not in OF_DAEMON and bool(family.samples))


def test_outcomes_are_counted_by_name_and_absent_ones_are_zero() -> None:
    now = with_figures(outcomes=Counter({"Succeeded": 7, "RetryLater": 2}))
    counts = {outcome: count for (outcome,), count in values(now, "sqsd_invocations_total", "outcome").items()}
    assert counts == {**dict.fromkeys(OUTCOMES, 0), "succeeded": 7, "retry_later": 2}


def test_totals_are_the_snapshots() -> None:
    now = with_figures(
        receives=1,
        empty_receives=2,
        received=3,
        duplicates=4,
        held_elsewhere=5,
        deleted=6,
        undeleted=7,
        cut_off=8,
        retries=9,
        dead_letters=10,
    )
    assert value(now, "sqsd_receives_total") == 1
    assert value(now, "sqsd_receives_empty_total") == 2
    assert value(now, "sqsd_messages_received_total") == 3
    assert value(now, "sqsd_messages_duplicate_total") == 4
    assert value(now, "sqsd_messages_held_elsewhere_total") == 5
    assert value(now, "sqsd_messages_deleted_total") == 6
    assert value(now, "sqsd_messages_undeleted_total") == 7
    assert value(now, "sqsd_invocations_cut_off_total") == 8
    assert value(now, "sqsd_messages_retried_total") == 9
    assert value(now, "sqsd_dead_letters_total") == 10


def test_a_worker_has_slots_and_a_buffer() -> None:
    now = with_worker(IDLE, slots=9, running=4, buffered=10, time_limit=60.0)
    names = ("sqsd_slots", "sqsd_slots_busy", "sqsd_messages_buffered", "sqsd_invocation_timeout_seconds")
    assert [value(now, name) for name in names] == [9, 4, 10, 60]


def test_the_time_limit_is_that_of_a_job_which_began_before_a_reload_lowered_it() -> None:
    now = replace(with_worker(IDLE, time_limit=60.0), tasks=[replace(task(), queue="jobs", time_limit=3_600.0)])
    assert value(now, "sqsd_invocation_timeout_seconds") == 3_600


@pytest.mark.parametrize(("in_use", "usable"), [(None, 9), (3, 3)])
def test_the_usable_slots_are_all_unless_the_worker_is_spared(in_use: int | None, usable: int) -> None:
    now = with_worker(IDLE, slots=9, in_use=in_use)
    assert (value(now, "sqsd_slots"), value(now, "sqsd_slots_usable")) == (9, usable)


def test_the_breakers_state_is_the_one_that_is_1() -> None:
    now = with_worker(IDLE, breaker=replace(IDLE.workers[""].breaker, state=State.OPEN))
    states = values(now, "sqsd_breaker_state", "state")
    assert states == {("closed",): 0, ("open",): 1, ("probing",): 0, ("trial",): 0}


def test_each_reason_not_to_receive_is_a_sample_of_0_or_1() -> None:
    closures = (Closure(reason=Reason.BREAKER_OPEN, since=0.0, why="10.0.0.7 refused"),)
    reasons = values(replace(IDLE, closures=closures), "sqsd_admission_closed", "reason")
    assert reasons == {(reason.value,): float(reason is Reason.BREAKER_OPEN) for reason in Reason}


@pytest.mark.parametrize("answers", [True, False])
def test_a_lock_store_that_does_not_answer_is_down(answers: bool) -> None:
    source = replace(IDLE.sources["jobs"], locker_answers=answers)
    assert value(replace(IDLE, sources={"jobs": source}), "sqsd_lock_store_up") == answers


def test_readiness_and_draining_are_0_or_1() -> None:
    now = replace(IDLE, ready=False, draining=True)
    assert (value(now, "sqsd_ready"), value(now, "sqsd_draining")) == (0, 1)


def test_the_oldest_task_is_told_where_there_is_one() -> None:
    name = "sqsd_oldest_task_start_time_seconds"
    assert values(IDLE, name) == {}
    now = replace(IDLE, tasks=(task(started_at=10.5), task(started_at=20.0)))
    assert value(now, name) == 10.5
    assert value(now, "sqsd_tasks_in_flight") == 2


def test_the_depth_is_told_once_it_is_known() -> None:
    assert values(IDLE, "sqsd_queue_messages") == {}
    depth = Depth(visible=7, in_flight=2, delayed=1, at=0.0)
    (told,) = [each for each in families(IDLE, {"": depth}) if each.name == "sqsd_queue_messages"]
    states = {(sample.labels["queue"], sample.labels["state"]): sample.value for sample in told.samples}
    assert states == {("jobs", "visible"): 7, ("jobs", "in_flight"): 2, ("jobs", "delayed"): 1}


def test_it_is_told_from_when_the_depth_is() -> None:
    depth = Depth(visible=7, in_flight=2, delayed=1, at=1_234.5)
    (told,) = [each for each in families(IDLE, {"": depth}) if each.name == "sqsd_queue_messages_timestamp_seconds"]
    assert [(sample.labels, sample.value) for sample in told.samples] == [({"queue": "jobs"}, 1_234.5)]


def filled(bounds: tuple[float, ...], *durations: float) -> Histogram:
    histogram = Histogram(bounds=bounds)
    histogram.observe_all(durations)
    return histogram


def test_a_wait_is_in_every_bucket_from_its_own_on() -> None:
    now = with_figures(waits=filled(WAITS, 0.3, 100_000.0))
    buckets = values(now, "sqsd_message_wait_seconds_bucket", "le")
    assert (buckets["0.25",], buckets["0.5",], buckets["86400.0",], buckets["+Inf",]) == (0, 1, 1, 2)
    assert value(now, "sqsd_message_wait_seconds_count") == 2
    assert value(now, "sqsd_message_wait_seconds_sum") == 100_000.3


def test_invocations_are_timed_by_outcome_and_absent_ones_are_empty() -> None:
    figures = Figures()
    figures.durations["RetryLater"] = filled(DURATIONS, 2.0)
    counts = values(replace(IDLE, queues={"": figures}), "sqsd_invocation_duration_seconds_count", "outcome")
    assert counts == {**{(outcome,): 0 for outcome in OUTCOMES}, ("retry_later",): 1}


def test_calls_to_sqs_are_timed_and_their_failures_counted_by_operation() -> None:
    figures = Figures(failed_calls=Counter({"ReceiveMessage": 2}))
    figures.calls["ReceiveMessage"] = filled(CALLS, 20.0, 0.01)
    now = replace(IDLE, queues={"": figures})
    sums = values(now, "sqsd_sqs_call_duration_seconds_sum", "operation")
    assert sums == {**{(operation,): 0 for operation in OPERATIONS}, ("ReceiveMessage",): 20.01}
    failed = values(now, "sqsd_sqs_calls_failed_total", "operation")
    assert failed == {**{(operation,): 0 for operation in OPERATIONS}, ("ReceiveMessage",): 2}


def test_no_receipt_and_no_message_id_is_told() -> None:
    now = replace(IDLE, tasks=(task("m-secret", receipt="r-secret"),))
    assert "secret" not in str(list(families(now, {})))


def several(*closures: Closure) -> Snapshot:
    """Two queues that share a worker, and one whose worker has the name of another queue."""
    workers = {"orders": "web", "mails": "web", "web": "post"}
    return replace(
        IDLE,
        queues={"orders": Figures(received=3), "mails": Figures(received=1), "web": Figures()},
        workers={"web": IDLE.workers[""], "post": IDLE.workers[""]},
        sources={queue: SourceState(queue=f"{queue}-prod", worker=worker) for queue, worker in workers.items()},
        tasks=(replace(task(), queue="mails"),),
        closures=closures,
    )


def test_with_several_queues_labels_are_the_names_of_the_tables() -> None:
    now = several()
    received = values(now, "sqsd_messages_received_total", "queue")
    assert received == {("orders",): 3, ("mails",): 1, ("web",): 0}
    assert values(now, "sqsd_tasks_in_flight", "queue") == {("orders",): 0, ("mails",): 1, ("web",): 0}
    assert values(now, "sqsd_slots", "worker") == {("web",): 1, ("post",): 1}
    routes = values(now, "sqsd_route_info", "queue", "worker")
    assert set(routes) == {("orders", "web"), ("mails", "web"), ("web", "post")}


@pytest.mark.parametrize(
    ("where", "reason", "queues"),
    [
        ("mails", Reason.QUEUE_UNAVAILABLE, {"mails"}),
        ("web", Reason.BREAKER_OPEN, {"orders", "mails"}),
        ("web", Reason.PAUSED, {"web"}),
        ("", Reason.DRAINING, {"orders", "mails", "web"}),
    ],
)
def test_a_reason_holds_for_the_queue_itself_or_for_all_that_feed_the_worker(
    where: str, reason: Reason, queues: set[str]
) -> None:
    closed = values(several(Closure(reason=reason, since=0.0, where=where)), "sqsd_admission_closed", "queue", "reason")
    assert {queue for (queue, name), holds in closed.items() if holds and name == reason.value} == queues
    assert sum(closed.values()) == len(queues)


def test_a_queue_that_has_left_keeps_its_counters() -> None:
    now = replace(several(), sources={})
    assert ("orders",) in values(now, "sqsd_messages_received_total", "queue")
