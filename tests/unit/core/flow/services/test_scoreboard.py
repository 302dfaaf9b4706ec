"""The scoreboard counts and sorts."""

from sqsd_core.errors import QueueUnavailable
from sqsd_core.flow.services.scoreboard import BULK, Scoreboard
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, Succeeded
from sqsd_core.policy.scoreboard import Figures
from sqsd_core.ports.observer import Ending

QUEUE = "orders"
DELETED = Ending(2.0, None, last=False)


def scoreboard() -> Scoreboard:
    board = Scoreboard()
    board.open(QUEUE)
    return board


def delivery(receipt: str) -> Message:
    return Message(id=MessageId("m"), receipt=ReceiptHandle(receipt), body="")


def test_tasks_in_flight_are_sorted_by_start() -> None:
    board = scoreboard()
    board.started(QUEUE, delivery("late"), 2.0)
    board.started(QUEUE, delivery("early"), 1.0)

    assert [task.receipt for task in board.tasks] == ["early", "late"]


def test_two_deliveries_of_one_message_are_two_tasks() -> None:
    board = scoreboard()
    board.started(QUEUE, delivery("first"), 1.0)
    board.started(QUEUE, delivery("second"), 2.0)
    board.settled(QUEUE, delivery("first"), Succeeded(), DELETED)

    assert [(task.message_id, task.receipt, task.started_at) for task in board.tasks] == [("m", "second", 2.0)]


def test_a_job_that_was_cut_off_has_its_outcome_if_it_has_one() -> None:
    board = scoreboard()
    outcomes: list[Outcome | None] = [Succeeded(), Succeeded(), Failed("status 500"), None]
    for receipt, outcome in zip("1234", outcomes, strict=True):
        board.started(QUEUE, delivery(receipt), 0.0)
        board.cut_off(QUEUE, delivery(receipt), outcome)

    figures = board.queues[QUEUE]
    assert (figures.outcomes, figures.cut_off) == ({"Succeeded": 2, "Failed": 1}, 1)
    assert board.tasks == []


def test_receives_are_counted_with_what_they_brought() -> None:
    board = scoreboard()
    for count in (10, 3, 0):
        board.received(QUEUE, count)

    figures = board.queues[QUEUE]
    assert (figures.receives, figures.empty_receives, figures.received) == (3, 1, 13)


def test_every_count_begins_at_zero() -> None:
    board = scoreboard()

    assert board.queues == {QUEUE: Figures()}


def test_a_task_shows_no_receipt() -> None:
    board = scoreboard()
    board.started(QUEUE, delivery("secret"), 0.0)

    assert "secret" not in repr(board.tasks)


def test_the_wait_is_timed_from_the_sending_to_the_first_start() -> None:
    board = scoreboard()
    board.started(QUEUE, delivery("first")._replace(sent_at=100.0), 102.5)
    board.started(QUEUE, delivery("retry")._replace(sent_at=100.0, receive_count=2), 900.0)
    board.started(QUEUE, delivery("undated"), 900.0)

    waits = board.queues[QUEUE].waits
    assert (waits.count, waits.sum) == (1, 2.5)


def test_a_clock_that_is_behind_sqs_makes_no_negative_wait() -> None:
    board = scoreboard()
    board.started(QUEUE, delivery("first")._replace(sent_at=100.0), 99.0)

    assert board.queues[QUEUE].waits.sum == 0.0


def test_invocations_are_timed_by_outcome() -> None:
    board = scoreboard()
    board.settled(QUEUE, delivery("1"), Succeeded(), DELETED)
    board.settled(QUEUE, delivery("2"), Failed("status 500"), Ending(3.0, 2.0, last=False))

    durations = board.queues[QUEUE].durations
    assert {name: timed.sum for name, timed in durations.items()} == {"Succeeded": 2.0, "Failed": 3.0}


def test_what_is_settled_is_counted_once_and_in_flight_no_more() -> None:
    board = scoreboard()
    board.started(QUEUE, delivery("1"), 0.0)
    board.settled(QUEUE, delivery("1"), Succeeded(), DELETED)

    figures = board.queues[QUEUE]
    assert (figures.outcomes, figures.durations["Succeeded"].count) == ({"Succeeded": 1}, 1)
    assert board.tasks == []


def test_few_durations_are_kept_while_nobody_looks() -> None:
    board = scoreboard()
    for number in range(10 * BULK):
        board.received(QUEUE, 1)
        board.started(QUEUE, delivery(str(number))._replace(sent_at=0.0), 1.0)
        board.settled(QUEUE, delivery(str(number)), Succeeded(), DELETED)

    assert len(board._durations[QUEUE].waits) <= BULK
    assert len(board._durations[QUEUE].jobs[Succeeded]) <= BULK
    assert board.queues[QUEUE].waits.count == 10 * BULK


def test_calls_to_the_queue_are_timed_by_operation_and_failures_counted() -> None:
    board = scoreboard()
    board.called(QUEUE, "ReceiveMessage", 20.0, None)
    board.called(QUEUE, "ReceiveMessage", 5.0, QueueUnavailable("no answer"))

    figures = board.queues[QUEUE]
    assert (figures.calls["ReceiveMessage"].sum, figures.failed_calls) == (25.0, {"ReceiveMessage": 1})


def test_the_total_has_the_durations_of_every_queue_and_leaves_theirs_alone() -> None:
    board = scoreboard()
    board.open("mails")
    for queue in (QUEUE, "mails"):
        board.called(queue, "ReceiveMessage", 1.0, None)
        board.settled(queue, delivery("1"), Succeeded(), DELETED)
        board.started(queue, delivery("1")._replace(sent_at=0.0), 3.0)
    total = Figures.total(board.queues.values())

    assert (total.calls["ReceiveMessage"].count, total.durations["Succeeded"].sum, total.waits.sum) == (2, 4.0, 6.0)
    assert board.queues[QUEUE].waits.sum == 3.0
