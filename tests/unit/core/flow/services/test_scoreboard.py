"""The scoreboard counts and sorts."""

from sqsd_core.errors import QueueUnavailable
from sqsd_core.flow.services.scoreboard import BULK, Scoreboard
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, Succeeded
from sqsd_core.policy.figures import Figures
from sqsd_core.policy.scoreboard import Task
from sqsd_core.ports.observer import Ending

QUEUE = "orders"


def scoreboard() -> Scoreboard:
    board = Scoreboard()
    board.open(QUEUE)
    return board


def delivery(receipt: str) -> Message:
    return Message(id=MessageId("m"), receipt=ReceiptHandle(receipt), body="")


def succeed(board: Scoreboard, *messages: Message, began: float = 3.0, queue: str = QUEUE) -> None:
    board.succeeded(queue, messages, [began] * len(messages), [2.0] * len(messages))


def test_a_job_that_was_cut_off_has_its_outcome_if_it_has_one() -> None:
    board = scoreboard()
    outcomes: list[Outcome | None] = [Succeeded(), Succeeded(), Failed("status 500"), None]
    for receipt, outcome in zip("1234", outcomes, strict=True):
        board.cut_off(QUEUE, delivery(receipt), outcome)

    figures = board.figures()[QUEUE]
    assert (figures.outcomes, figures.cut_off) == ({"Succeeded": 2, "Failed": 1}, 1)


def test_receives_are_counted_with_what_they_brought() -> None:
    board = scoreboard()
    for count in (10, 3, 0):
        board.received(QUEUE, count)

    figures = board.figures()[QUEUE]
    assert (figures.receives, figures.empty_receives, figures.received) == (3, 1, 13)


def test_every_count_begins_at_zero() -> None:
    board = scoreboard()

    assert board.figures() == {QUEUE: Figures()}


def test_the_wait_is_timed_from_the_sending_to_the_first_start() -> None:
    board = scoreboard()
    succeed(
        board,
        delivery("first")._replace(sent_at=100.0),
        delivery("retry")._replace(sent_at=50.0, receive_count=2),
        delivery("undated"),
        began=102.5,
    )

    waits = board.figures()[QUEUE].waits
    assert (waits.count, waits.sum) == (1, 2.5)


def test_the_wait_of_a_job_that_failed_is_timed_as_well() -> None:
    board = scoreboard()
    failed = Ending(1.0, 2.0, last=False, began=104.0)
    board.came_back(QUEUE, delivery("first")._replace(sent_at=100.0), Failed("status 500"), failed)

    assert board.figures()[QUEUE].waits.sum == 4.0


def test_a_wait_is_over_when_the_job_begins() -> None:
    board = scoreboard()
    first, retry = (
        Task(
            message_id=MessageId("m"),
            receipt=ReceiptHandle("r"),
            started_at=107.0,
            queue=QUEUE,
            sent_at=100.0,
            receive_count=count,
        )
        for count in (1, 2)
    )

    assert board.figures([first, retry])[QUEUE].waits.sum == 7.0
    assert board.figures()[QUEUE].waits.count == 0  # it is counted for good when it has ended


def test_a_clock_that_is_behind_sqs_makes_no_negative_wait() -> None:
    board = scoreboard()
    succeed(board, delivery("first")._replace(sent_at=100.0), began=99.0)

    assert board.figures()[QUEUE].waits.sum == 0.0


def test_invocations_are_timed_by_outcome() -> None:
    board = scoreboard()
    succeed(board, delivery("1"), delivery("2"))
    board.came_back(QUEUE, delivery("3"), Failed("status 500"), Ending(3.0, 2.0, last=False))

    durations = board.figures()[QUEUE].durations
    assert {name: timed.sum for name, timed in durations.items()} == {"Succeeded": 4.0, "Failed": 3.0}


def test_what_comes_back_is_a_retry_or_a_dead_letter() -> None:
    board = scoreboard()
    for last in (False, True, True):
        board.came_back(QUEUE, delivery("1"), Failed("status 500"), Ending(3.0, 2.0, last=last))

    figures = board.figures()[QUEUE]
    assert (figures.retries, figures.dead_letters, figures.causes) == (1, 2, {"status 500": 3})


def test_few_durations_are_kept_while_nobody_looks() -> None:
    board = scoreboard()
    for number in range(10 * BULK):
        board.received(QUEUE, 1)
        succeed(board, delivery(str(number))._replace(sent_at=0.0))

    assert len(board._durations[QUEUE].began) <= BULK
    assert len(board._durations[QUEUE].deliveries) <= BULK
    assert len(board._durations[QUEUE].jobs[Succeeded]) <= BULK
    assert board.figures()[QUEUE].waits.count == 10 * BULK


def test_calls_to_the_queue_are_timed_by_operation_and_failures_counted() -> None:
    board = scoreboard()
    board.called(QUEUE, "ReceiveMessage", 20.0, None)
    board.called(QUEUE, "ReceiveMessage", 5.0, QueueUnavailable("no answer"))

    figures = board.figures()[QUEUE]
    assert (figures.calls["ReceiveMessage"].sum, figures.failed_calls) == (25.0, {"ReceiveMessage": 1})


def test_the_total_has_the_durations_of_every_queue_and_leaves_theirs_alone() -> None:
    board = scoreboard()
    board.open("mails")
    for queue in (QUEUE, "mails"):
        board.called(queue, "ReceiveMessage", 1.0, None)
        succeed(board, delivery("1")._replace(sent_at=0.0), queue=queue)
    total = Figures.total(board.figures().values())

    assert (total.calls["ReceiveMessage"].count, total.durations["Succeeded"].sum, total.waits.sum) == (2, 4.0, 6.0)
    assert board.figures()[QUEUE].waits.sum == 3.0
