"""The scoreboard counts and sorts."""

from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, Succeeded
from sqsd_core.policy.scoreboard import Scoreboard


def delivery(receipt: str) -> Message:
    return Message(id=MessageId("m"), receipt=ReceiptHandle(receipt), body="")


def test_tasks_in_flight_are_sorted_by_start() -> None:
    board = Scoreboard()
    board.started(delivery("late"), at=2.0)
    board.started(delivery("early"), at=1.0)

    assert [task.receipt for task in board.tasks] == ["early", "late"]


def test_two_deliveries_of_one_message_are_two_tasks() -> None:
    board = Scoreboard()
    board.started(delivery("first"), at=1.0)
    board.started(delivery("second"), at=2.0)
    board.ended(delivery("first"), Succeeded())

    assert [(task.message_id, task.receipt, task.started_at) for task in board.tasks] == [("m", "second", 2.0)]


def test_outcomes_are_counted_by_name_and_cut_off_ones_apart() -> None:
    board = Scoreboard()
    outcomes: list[Outcome | None] = [Succeeded(), Succeeded(), Failed("status 500"), None]
    for receipt, outcome in zip("1234", outcomes, strict=True):
        board.started(delivery(receipt), at=0.0)
        board.ended(delivery(receipt), outcome)

    assert (board.outcomes, board.cut_off) == ({"Succeeded": 2, "Failed": 1}, 1)


def test_receives_are_counted_with_what_they_brought() -> None:
    board = Scoreboard()
    for count in (10, 3, 0):
        board.answered(count)

    assert (board.receives, board.empty_receives, board.received) == (3, 1, 13)


def test_every_count_begins_at_zero() -> None:
    board = Scoreboard()

    assert (board.deleted, board.undeleted, board.duplicates, board.held_elsewhere, board.cut_off) == (0, 0, 0, 0, 0)


def test_a_task_shows_no_receipt() -> None:
    board = Scoreboard()
    board.started(delivery("secret"), at=0.0)

    assert "secret" not in repr(board.tasks)
