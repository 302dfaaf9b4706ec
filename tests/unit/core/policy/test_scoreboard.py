"""The scoreboard counts and sorts."""

from sqsd_core.message import MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, Succeeded
from sqsd_core.policy.scoreboard import Scoreboard, Task


def task(receipt: str, *, message: str = "m", started_at: float = 0.0) -> Task:
    return Task(message_id=MessageId(message), receipt=ReceiptHandle(receipt), started_at=started_at)


def test_tasks_in_flight_are_sorted_by_start() -> None:
    board = Scoreboard()
    board.started(task("late", started_at=2.0))
    board.started(task("early", started_at=1.0))

    assert [entry.receipt for entry in board.tasks] == ["early", "late"]


def test_two_deliveries_of_one_message_are_two_tasks() -> None:
    board = Scoreboard()
    board.started(task("first"))
    board.started(task("second"))
    board.ended(task("first"), Succeeded())

    assert [entry.receipt for entry in board.tasks] == ["second"]


def test_outcomes_are_counted_by_name_and_cut_off_ones_apart() -> None:
    board = Scoreboard()
    outcomes: list[Outcome | None] = [Succeeded(), Succeeded(), Failed("status 500"), None]
    for receipt, outcome in zip("1234", outcomes, strict=True):
        board.started(task(receipt))
        board.ended(task(receipt), outcome)

    assert (board.outcomes, board.cut_off) == ({"Succeeded": 2, "Failed": 1}, 1)


def test_receives_are_counted_with_what_they_brought() -> None:
    board = Scoreboard()
    board.answered(10)
    board.answered(0)

    assert (board.receives, board.empty_receives, board.received) == (2, 1, 10)
