"""The scoreboard counts and sorts."""

from sqsd_core.flow.services.scoreboard import Scoreboard
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, Succeeded
from sqsd_core.policy.scoreboard import Figures

QUEUE = "orders"


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
    board.ended(QUEUE, delivery("first"), Succeeded())

    assert [(task.message_id, task.receipt, task.started_at) for task in board.tasks] == [("m", "second", 2.0)]


def test_outcomes_are_counted_by_name_and_cut_off_ones_apart() -> None:
    board = scoreboard()
    outcomes: list[Outcome | None] = [Succeeded(), Succeeded(), Failed("status 500"), None]
    for receipt, outcome in zip("1234", outcomes, strict=True):
        board.started(QUEUE, delivery(receipt), 0.0)
        board.ended(QUEUE, delivery(receipt), outcome)

    figures = board.queues[QUEUE]
    assert (figures.outcomes, figures.cut_off) == ({"Succeeded": 2, "Failed": 1}, 1)


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
