"""When a restart would help, and when a reason explains why nothing is received."""

from collections import Counter
from dataclasses import replace

import pytest

from sqsd_core.policy.admission import Closure, Reason
from sqsd_core.policy.breaker import State
from sqsd_core.policy.figures import Figures
from sqsd_core.policy.liveness import GAP, MARGIN, STALL, Liveness
from sqsd_core.policy.scoreboard import Depth, Snapshot, SourceState, Task
from tests.support.monitor import IDLE, task

STALLED = "messages are visible and a slot is free, but nothing is received"
OVERDUE = "an invocation runs far beyond its time limit"
PATIENCE = 20.0
LIMIT = 30.0


def daemon(*, receives: int = 3) -> Snapshot:
    """A daemon with one free slot, that has received so often."""
    return replace(
        IDLE,
        queues={"": Figures(receives=receives)},
        workers={"": replace(IDLE.workers[""], time_limit=LIMIT)},
        sources={"": SourceState(queue="orders", worker="", patience=PATIENCE)},
    )


def closed(*reasons: Reason, where: str = "") -> Snapshot:
    return replace(daemon(), closures=[Closure(reason=reason, since=0.0, where=where) for reason in reasons])


def limited(receipt: str) -> Task:
    return replace(task(receipt=receipt), time_limit=LIMIT)


def look(liveness: Liveness, state: Snapshot, *, now: float, visible: int | None = 5) -> list[str]:
    """Look once; so many messages are visible in each queue."""
    depths = (
        {} if visible is None else dict.fromkeys(state.queues, Depth(visible=visible, in_flight=0, delayed=0, at=0.0))
    )
    return list(liveness.look(state, depths=depths, now=now))


def looked_at(*states: Snapshot, seconds: float, step: float = 10.0, visible: int | None = 5) -> list[str]:
    """What the last of many looks says; each state lasts for so many seconds."""
    liveness, now, said = Liveness(), 0.0, list[str]()
    for state in states:
        until = now + seconds
        while now <= until:
            said = look(liveness, state, now=now, visible=visible)
            now += step
    return said


def test_visible_messages_and_a_free_slot_without_a_receive_are_a_stall() -> None:
    assert looked_at(daemon(), seconds=STALL + PATIENCE) == [STALLED]


def test_a_stall_is_none_before_its_time() -> None:
    assert looked_at(daemon(), seconds=STALL + PATIENCE - 10.0) == []


def test_a_receive_begins_the_time_again() -> None:
    assert looked_at(daemon(), daemon(receives=4), seconds=STALL) == []


def test_a_receive_that_fails_begins_the_time_again() -> None:
    failed = replace(daemon(), queues={"": Figures(receives=3, failed_calls=Counter(ReceiveMessage=1))})
    assert looked_at(daemon(), failed, seconds=STALL) == []


@pytest.mark.parametrize("visible", [0, None])
def test_without_a_visible_message_there_is_nothing_to_receive(visible: int | None) -> None:
    assert looked_at(daemon(), seconds=86_400.0, visible=visible) == []


@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason.STUCK_JOBS}, key=str))
def test_a_reason_not_to_receive_explains_it(reason: Reason) -> None:
    assert looked_at(closed(reason), seconds=86_400.0) == []


@pytest.mark.parametrize("state", [State.OPEN, State.PROBING, State.TRIAL])
def test_a_breaker_that_is_not_closed_explains_it(state: State) -> None:
    worker = daemon().workers[""]
    trying = replace(daemon(), workers={"": replace(worker, breaker=replace(worker.breaker, state=state))})
    assert looked_at(trying, seconds=86_400.0) == []


def test_slots_that_are_taken_explain_it() -> None:
    busy = replace(daemon(), workers={"": replace(IDLE.workers[""], running=1)})
    assert looked_at(busy, seconds=86_400.0) == []


def test_a_daemon_that_drains_is_alive() -> None:
    draining = replace(daemon(), draining=True, tasks=[task()])
    assert looked_at(draining, seconds=86_400.0) == []


def test_the_pause_between_receives_is_waited_for() -> None:
    hourly = replace(daemon().sources[""], patience=3_600.0)
    assert looked_at(replace(daemon(), sources={"": hourly}), seconds=3_600.0) == []


def test_a_daemon_that_was_stopped_for_an_hour_gets_time_to_go_on() -> None:
    liveness = Liveness()
    assert [look(liveness, daemon(), now=now) for now in (0.0, 3_600.0)] == [[], []]


def test_rare_looks_find_a_stall_too() -> None:
    assert looked_at(daemon(), seconds=1_000.0, step=2 * GAP) == [STALLED]


def several(**receives: int) -> Snapshot:
    """Two queues that share a worker, and one with a worker of its own."""
    workers = {"orders": "web", "mails": "web", "late": "post"}
    return replace(
        daemon(),
        queues={queue: Figures(receives=receives.get(queue, 0)) for queue in workers},
        sources={queue: SourceState(queue=queue, worker=worker) for queue, worker in workers.items()},
        workers={"web": daemon().workers[""], "post": daemon().workers[""]},
    )


def test_a_queue_waits_while_another_one_of_its_worker_is_received_from() -> None:
    liveness = Liveness()
    said = [look(liveness, several(orders=turn, late=turn), now=10.0 * turn) for turn in range(100)]
    assert not any(said)


def test_the_worker_that_gets_no_messages_is_named() -> None:
    liveness = Liveness()
    said = [look(liveness, several(orders=turn), now=10.0 * turn) for turn in range(100)]
    assert said[-1] == [f"post: {STALLED}"]


def test_a_reason_of_one_queue_explains_nothing_of_another_worker() -> None:
    paused = replace(several(), closures=[Closure(reason=Reason.PAUSED, since=0.0, where="late")])
    assert looked_at(paused, seconds=1_000.0) == [f"web: {STALLED}"]


def test_an_invocation_far_beyond_its_time_limit_is_a_reason_to_restart() -> None:
    running = replace(closed(Reason.SLOTS_BUSY), tasks=[replace(task(), queue="", time_limit=LIMIT)])
    assert looked_at(running, seconds=2 * LIMIT + MARGIN - 10.0) == []
    assert looked_at(running, seconds=2 * LIMIT + MARGIN) == [OVERDUE]


def test_one_invocation_after_the_other_is_well() -> None:
    liveness = Liveness()
    said = [
        look(liveness, replace(closed(Reason.SLOTS_BUSY), tasks=[limited(f"r-{turn // 5}")]), now=10.0 * turn)
        for turn in range(100)
    ]
    assert not any(said)


def test_threads_that_never_end_are_a_reason_to_restart() -> None:
    assert looked_at(closed(Reason.STUCK_JOBS), seconds=STALL - 10.0) == []
    assert looked_at(closed(Reason.STUCK_JOBS), seconds=STALL) == ["too many jobs outlived their time limit"]


def test_no_receipt_is_told() -> None:
    running = replace(closed(Reason.SLOTS_BUSY), tasks=[limited("secret")])
    said = looked_at(running, seconds=1_000.0)
    assert said
    assert "secret" not in str(said)
