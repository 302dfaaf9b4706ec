"""Message move tasks, step by step."""

from base64 import b64encode

import pytest

from sqsd_adapters.queue.embedded.engine import Engine
from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError
from sqsd_adapters.queue.embedded.moves import MAX_KEPT, MoveTask, MoveTasks, Status
from sqsd_adapters.queue.embedded.place import HOME
from sqsd_adapters.queue.embedded.redrive import redrive_to
from sqsd_adapters.queue.embedded.stored import Sending
from tests.support.embedded import numbered_engine

DEAD = HOME.arn_of("dead")


@pytest.fixture
def engine() -> Engine:
    engine = numbered_engine(dead={}, other={})
    for name in ("jobs", "mail"):
        engine.create_queue(name, redrive_to("dead", 1), now=0)
    return engine


@pytest.fixture
def moves(engine: Engine) -> MoveTasks:
    ids = iter(range(1_000))
    return MoveTasks(engine=engine, new_id=lambda: f"task {next(ids)}")


def die(engine: Engine, *bodies: str, queue: str = "jobs") -> None:
    for body in bodies:
        engine.send(queue, Sending(body=body), now=0)
    for _ in range(2):
        for message in engine.receive(queue, limit=10, now=0):
            engine.change_visibility(queue, message.receipt, 0, now=0)


def start(moves: MoveTasks, *, to: str | None = None, rate: int | None = None, now: float = 1) -> MoveTask:
    return moves.start(DEAD, destination_arn=None if to is None else HOME.arn_of(to), rate=rate, now=now)


def refused(code: ErrorCode, text: str) -> "pytest.RaisesExc[SqsError]":
    return pytest.RaisesExc(SqsError, match=text, check=lambda error: error.code is code)


def test_dead_letters_go_back_to_the_queues_that_they_came_from(engine: Engine, moves: MoveTasks) -> None:
    die(engine, "a", "b")
    die(engine, "c", queue="mail")
    task = start(moves)
    assert not moves.step(task, now=2)
    assert (engine.bodies("jobs", now=2), engine.bodies("mail", now=2), engine.bodies("dead", now=2)) == (
        ["a", "b"],
        ["c"],
        [],
    )
    assert (task.status, task.moved, task.to_move) == (Status.COMPLETED, 3, 3)


def test_a_moved_message_is_a_new_one(engine: Engine, moves: MoveTasks) -> None:
    die(engine, "a")
    [(_, dead)] = engine.look("dead", now=1)
    moves.step(start(moves), now=5)
    [message] = engine.receive("jobs", now=6)
    assert message.id != dead.id
    assert (message.receive_count, message.sent_at, message.source_arn) == (1, 5, None)


def test_a_destination_takes_them_all(engine: Engine, moves: MoveTasks) -> None:
    die(engine, "a")
    engine.send("dead", Sending(body="sent here"), now=0)
    moves.step(start(moves, to="other"), now=2)
    assert sorted(engine.bodies("other", now=2)) == ["a", "sent here"]


def test_a_rate_moves_one_at_a_time(engine: Engine, moves: MoveTasks) -> None:
    die(engine, "a", "b")
    task = start(moves, rate=4)
    assert task.interval == 0.25
    assert moves.step(task, now=1)
    assert (task.moved, engine.bodies("dead", now=1)) == (1, ["b"])


def test_a_cancelled_task_moves_no_more(engine: Engine, moves: MoveTasks) -> None:
    die(engine, "a", "b")
    task = start(moves, rate=1)
    moves.step(task, now=2)
    assert moves.cancel(task.handle) is task
    assert not moves.step(task, now=3)
    assert (task.status, task.moved) == (Status.CANCELLED, 1)
    with refused(ErrorCode.RESOURCE_NOT_FOUND, "Task does not exist"):
        moves.cancel(task.handle)


def test_a_message_in_flight_is_left_where_it_is(engine: Engine, moves: MoveTasks) -> None:
    die(engine, "a", "b")
    engine.receive("dead", now=1)
    task = start(moves)
    moves.step(task, now=1)
    assert (task.to_move, task.moved, task.status) == (1, 1, Status.COMPLETED)
    assert engine.counts("dead", now=1).in_flight == 1


def test_a_message_that_came_from_nowhere_fails_the_task_and_stays(engine: Engine, moves: MoveTasks) -> None:
    engine.send("dead", Sending(body="sent here"), now=0)
    task = start(moves)
    assert not moves.step(task, now=2)
    assert (task.status, task.failure) == (Status.FAILED, "CouldNotDetermineMessageSource")
    assert engine.bodies("dead", now=2) == ["sent here"]


@pytest.mark.parametrize(("gone", "to"), [("other", "other"), ("mail", None)])
def test_a_destination_that_is_gone_fails_the_task_and_loses_nothing(
    engine: Engine, moves: MoveTasks, gone: str, to: str | None
) -> None:
    die(engine, "a", queue="mail")
    task = start(moves, to=to)
    engine.delete_queue(gone)
    assert not moves.step(task, now=2)
    assert (task.status, task.failure) == (Status.FAILED, "AWS.SimpleQueueService.NonExistentQueue")
    assert engine.bodies("dead", now=2) == ["a"]


def test_a_fifo_message_sent_a_moment_ago_is_moved_all_the_same() -> None:
    engine = numbered_engine(dead_fifo={})
    engine.create_queue("jobs.fifo", redrive_to("dead.fifo", 1), now=0)
    engine.send("jobs.fifo", Sending(body="a", group_id="g", deduplication_id="d"), now=0)
    for _ in range(2):
        for message in engine.receive("jobs.fifo", now=0):
            engine.change_visibility("jobs.fifo", message.receipt, 0, now=0)
    moves = MoveTasks(engine=engine, new_id=lambda: "task")
    moves.step(moves.start(HOME.arn_of("dead.fifo"), destination_arn=None, rate=None, now=1), now=1)
    assert engine.bodies("jobs.fifo", now=1) == ["a"]


def test_one_task_at_a_time_runs_on_a_queue(engine: Engine, moves: MoveTasks) -> None:
    die(engine, "a", "b")
    start(moves, rate=1)
    with refused(ErrorCode.INVALID_PARAMETER, "There is already a task running"):
        start(moves)


@pytest.mark.parametrize(
    ("source", "to", "code", "text"),
    [
        ("jobs", None, ErrorCode.INVALID_PARAMETER, "Source queue must be configured as a Dead Letter Queue"),
        ("none", None, ErrorCode.RESOURCE_NOT_FOUND, "SourceArn parameter doesn't exist"),
        ("dead", "none", ErrorCode.RESOURCE_NOT_FOUND, "DestinationArn parameter doesn't exist"),
    ],
)
def test_a_task_that_cannot_work_is_refused(
    moves: MoveTasks, source: str, to: str | None, code: ErrorCode, text: str
) -> None:
    destination = None if to is None else HOME.arn_of(to)
    with refused(code, text):
        moves.start(HOME.arn_of(source), destination_arn=destination, rate=None, now=0)


@pytest.mark.parametrize("rate", [0, 501])
def test_a_rate_beyond_the_limits_is_refused(moves: MoveTasks, rate: int) -> None:
    with refused(ErrorCode.INVALID_PARAMETER, "MaxNumberOfMessagesPerSecond"):
        start(moves, rate=rate)


def test_an_arn_that_is_none_is_explained(moves: MoveTasks) -> None:
    with refused(ErrorCode.INVALID_PARAMETER, "You must use this format to specify the SourceArn"):
        moves.start("dead", destination_arn=None, rate=None, now=0)


NESTED = b64encode(b"[" * 100_000).decode()


@pytest.mark.parametrize("handle", ["nonsense", "", "e30=", "W10=", "schlüssel", NESTED])
def test_a_handle_that_was_never_issued_is_invalid(moves: MoveTasks, handle: str) -> None:
    with refused(ErrorCode.INVALID_PARAMETER, "Value for parameter TaskHandle is invalid"):
        moves.cancel(handle)


def test_the_latest_tasks_are_listed_newest_first(moves: MoveTasks) -> None:
    tasks = []
    for now in range(MAX_KEPT + 2):
        tasks.append(start(moves, now=now))
        moves.step(tasks[-1], now=now)
    assert moves.listed(DEAD) == tasks[:1:-1]
