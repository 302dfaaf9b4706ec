"""The sum of several processes, line by line of the table."""

from dataclasses import fields, replace

from sqsd_core.message import MessageId, ReceiptHandle
from sqsd_core.policy.admission import Closure, Reason
from sqsd_core.policy.breaker import Breaker, BreakerSettings, State
from sqsd_core.policy.family import added, summed
from sqsd_core.policy.figures import Figures
from sqsd_core.policy.scoreboard import Depth, Snapshot, SourceState, Task, WorkerState

BREAKER = Breaker(settings=BreakerSettings(failures=5, cooldown=1.0, cooldown_max=30.0))
STARTING = Closure(reason=Reason.STARTING, since=1.0)
BUSY = Closure(reason=Reason.SLOTS_BUSY, since=2.0)
OPEN = Closure(reason=Reason.BREAKER_OPEN, since=3.0)
EMPTY = Snapshot(
    tasks=(),
    queues={"": Figures()},
    workers={"": WorkerState(slots=0, running=0, buffered=0, breaker=BREAKER)},
    draining=False,
    ready=False,
)


def part(*closures: Closure, deleted: int = 0, ready: bool = True, tasks: tuple[float, ...] = ()) -> Snapshot:
    figures = Figures(deleted=deleted)
    return Snapshot.total(
        [figures],
        tasks=[Task(message_id=MessageId(str(at)), receipt=ReceiptHandle("r"), started_at=at) for at in tasks],
        queues={"": figures},
        workers={"": WorkerState(slots=4, running=len(tasks), buffered=1, breaker=BREAKER)},
        draining=False,
        ready=ready,
        closures=closures,
    )


def total(*parts: Snapshot, empty: Snapshot = EMPTY, past: int = 0, silent: tuple[Closure, ...] = ()) -> Snapshot:
    return summed(parts, empty=empty, past={"": Figures(deleted=past)}, silent=silent, processes=())


def test_figures_are_added_up_with_those_of_processes_that_have_ended() -> None:
    whole = total(part(deleted=2), part(deleted=3), past=10)
    assert (whole.deleted, whole.queues[""].deleted) == (15, 15)


def test_slots_and_messages_of_a_worker_are_added_up() -> None:
    whole = total(part(tasks=(1.0,)), part(tasks=(2.0, 3.0)))
    assert (whole.slots, whole.workers[""].running, whole.buffered) == (8, 3, 2)


def test_the_usable_slots_of_workers_that_adapt_are_added_up_and_the_rate_is_that_of_each() -> None:
    spared = part()
    spared.workers = {"": replace(spared.workers[""], in_use=3, rate="50/s")}
    assert total(part(), part()).workers[""].in_use is None
    whole = total(spared, spared).workers[""]
    assert (whole.slots, whole.usable, whole.rate) == (8, 6, "50/s")


def test_tasks_are_sorted_by_start() -> None:
    assert [task.started_at for task in total(part(tasks=(2.0, 5.0)), part(tasks=(1.0, 3.0))).tasks] == [1, 2, 3, 5]


def test_the_breaker_that_is_worst_off_counts() -> None:
    broken = part()
    broken.workers = {"": replace(broken.workers[""], breaker=replace(BREAKER, state=State.OPEN))}
    assert total(part(), broken).breaker.state is State.OPEN


def test_one_ready_process_makes_all_ready_and_reasons_that_others_have_do_not_count() -> None:
    whole = total(part(BUSY, OPEN, ready=False), part(BUSY), silent=(STARTING,))
    assert whole.ready
    assert whole.closures == [BUSY]


def test_while_none_is_ready_every_reason_counts_once() -> None:
    whole = total(part(OPEN, ready=False), part(OPEN, BUSY, ready=False), silent=(STARTING,))
    assert not whole.ready
    assert whole.closures == [STARTING, BUSY, OPEN]


def test_when_all_are_asked_to_stop_none_is_ready() -> None:
    draining = replace(EMPTY, draining=True)
    assert (total(part(), empty=draining).ready, total(part(), empty=draining).draining) == (False, True)


def test_before_any_process_has_said_anything_the_queues_and_workers_are_there() -> None:
    whole = total(silent=(STARTING,))
    assert ([*whole.queues], whole.slots, whole.ready, whole.closures) == ([""], 0, False, [STARTING])


def test_of_a_queue_the_latest_depth_counts_and_a_lock_store_that_does_not_answer() -> None:
    one, other = part(), part()
    state = SourceState(queue="jobs", worker="", buffered=1)
    old, new = (Depth(visible=visible, in_flight=0, delayed=0, at=visible) for visible in (1, 2))
    one.sources = {"": replace(state, depth=new)}
    other.sources = {"": replace(state, depth=old, locker_answers=False)}
    assert total(one, other).sources == {"": replace(state, depth=new, buffered=2, locker_answers=False)}


def test_figures_of_ended_processes_pile_up() -> None:
    assert added({"": Figures(deleted=2)}, part(deleted=3))[""].deleted == 5


def test_every_field_of_a_snapshot_is_known_to_the_sum() -> None:
    """A new field has to be added up in ``policy/family``, and then named here."""
    own = {field.name for field in fields(Snapshot)} - {field.name for field in fields(Figures)}
    assert own == {"tasks", "queues", "workers", "sources", "draining", "ready", "closures", "processes"}
