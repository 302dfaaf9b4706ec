"""The snapshot in Prometheus' text format."""

import re
from collections import Counter
from dataclasses import replace
from typing import Any

from sqsd_adapters.monitor.metrics import exposition
from sqsd_core.policy.admission import Closure, Reason
from sqsd_core.policy.breaker import State
from sqsd_core.policy.scoreboard import Figures, Snapshot
from tests.support.monitor import IDLE, task

SAMPLE = re.compile(r'([a-z_]+)(?:\{[a-z]+="([^"\\\n]*)"\})? (\S+)')


def with_figures(**figures: Any) -> Snapshot:
    return replace(IDLE, queues={"": Figures(**figures)})


def with_worker(snapshot: Snapshot, **state: Any) -> Snapshot:
    return replace(snapshot, workers={"": replace(IDLE.workers[""], **state)})


def samples(text: str) -> dict[tuple[str, str | None], float]:
    found = [SAMPLE.fullmatch(line) for line in text.splitlines() if not line.startswith("#")]
    return {(match[1], match[2]): float(match[3]) for match in found if match}


def test_every_line_is_a_sample_or_describes_the_next_one() -> None:
    lines = exposition(replace(IDLE, tasks=(task(),))).splitlines()
    described = ""
    for line in lines:
        match line.split(" ", 3):
            case ["#", "HELP", name, _]:
                described = name
            case ["#", "TYPE", name, kind]:
                assert name == described
                assert kind == ("counter" if name.endswith("_total") else "gauge")
            case _:
                match = SAMPLE.fullmatch(line)
                assert match
                assert match[1] == described


def test_no_metric_is_described_twice() -> None:
    described = re.findall(r"^# TYPE (\S+)", exposition(IDLE), flags=re.MULTILINE)
    assert len(described) == len(set(described))


def test_the_text_ends_with_a_line_feed() -> None:
    assert exposition(IDLE).endswith("\n")


def test_outcomes_are_counted_by_name_and_absent_ones_are_zero() -> None:
    found = samples(exposition(with_figures(outcomes=Counter({"Succeeded": 7, "RetryLater": 2}))))
    assert {label: value for (name, label), value in found.items() if name == "sqsd_invocations_total"} == {
        "succeeded": 7,
        "failed": 0,
        "retry_later": 2,
        "retained": 0,
        "unavailable": 0,
        "interrupted": 0,
    }


def test_totals_are_the_snapshots() -> None:
    counted = with_figures(
        receives=1,
        empty_receives=2,
        received=3,
        duplicates=4,
        held_elsewhere=5,
        deleted=6,
        undeleted=7,
        cut_off=8,
    )
    found = samples(exposition(with_worker(counted, slots=9, buffered=10)))
    assert found["sqsd_receives_total", None] == 1
    assert found["sqsd_receives_empty_total", None] == 2
    assert found["sqsd_messages_received_total", None] == 3
    assert found["sqsd_messages_duplicate_total", None] == 4
    assert found["sqsd_messages_held_elsewhere_total", None] == 5
    assert found["sqsd_messages_deleted_total", None] == 6
    assert found["sqsd_messages_undeleted_total", None] == 7
    assert found["sqsd_invocations_cut_off_total", None] == 8
    assert found["sqsd_slots", None] == 9
    assert found["sqsd_messages_buffered", None] == 10


def test_the_breakers_state_is_the_one_that_is_1() -> None:
    found = samples(exposition(with_worker(IDLE, breaker=replace(IDLE.breaker, state=State.OPEN))))
    states = {label: value for (name, label), value in found.items() if name == "sqsd_breaker_state"}
    assert states == {"closed": 0, "open": 1, "probing": 0, "trial": 0}


def test_each_reason_not_to_receive_is_a_sample_of_0_or_1() -> None:
    closures = (Closure(reason=Reason.BREAKER_OPEN, since=0.0, why="10.0.0.7 refused"),)
    found = samples(exposition(replace(IDLE, closures=closures)))
    reasons = {label: value for (name, label), value in found.items() if name == "sqsd_admission_closed"}
    assert reasons == {reason.value: float(reason is Reason.BREAKER_OPEN) for reason in Reason}


def test_readiness_and_draining_are_0_or_1() -> None:
    found = samples(exposition(replace(IDLE, ready=False, draining=True)))
    assert (found["sqsd_ready", None], found["sqsd_draining", None]) == (0, 1)


def test_the_oldest_task_is_told_where_there_is_one() -> None:
    name = ("sqsd_oldest_task_start_time_seconds", None)
    assert name not in samples(exposition(IDLE))
    tasks = (task(started_at=10.5), task(started_at=20.0))
    found = samples(exposition(replace(IDLE, tasks=tasks)))
    assert found[name] == 10.5
    assert found["sqsd_tasks_in_flight", None] == 2


def test_no_receipt_and_no_message_id_is_told() -> None:
    text = exposition(replace(IDLE, tasks=(task("m-secret", receipt="r-secret"),)))
    assert "secret" not in text


def test_with_several_queues_a_label_names_the_queue_or_the_worker() -> None:
    several = replace(
        IDLE,
        queues={"orders": Figures(received=3), "mails": Figures(received=1)},
        workers={"web": IDLE.workers[""]},
        tasks=(replace(task(), queue="mails"),),
        closures=(Closure(reason=Reason.QUEUE_UNAVAILABLE, since=0.0, where="mails"),),
    )
    lines = exposition(several).splitlines()

    assert {'sqsd_messages_received_total{queue="orders"} 3', 'sqsd_messages_received_total{queue="mails"} 1'} <= {
        *lines
    }
    assert {'sqsd_tasks_in_flight{queue="orders"} 0', 'sqsd_tasks_in_flight{queue="mails"} 1'} <= {*lines}
    assert {'sqsd_slots{worker="web"} 1', 'sqsd_breaker_state{worker="web",state="closed"} 1'} <= {*lines}
    assert 'sqsd_admission_closed{where="mails",reason="queue_unavailable"} 1' in lines
    assert 'sqsd_admission_closed{where="orders",reason="queue_unavailable"} 0' in lines
