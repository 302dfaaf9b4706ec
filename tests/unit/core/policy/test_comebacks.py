"""The groups that are received alone, cell by cell of the table."""

from collections.abc import Callable

import pytest

import sqsd_core.policy.comebacks as module
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.policy.comebacks import FIRST_TOUR, OVERDUE, TOURS, Comebacks
from tests.support.tables import cells

NOW = 100.0
LONGEST = 900.0


def message(name: str, *, receive_count: int = 1, group: str = "a") -> Message:
    return Message(
        id=MessageId(name), receipt=ReceiptHandle(name), body="", receive_count=receive_count, group_id=group
    )


def make(max_receive_count: int | None = 5, *, shortest: float = 2.0) -> Comebacks:
    comebacks = Comebacks(shortest=shortest, longest=LONGEST)
    comebacks.allow(max_receive_count)
    return comebacks


def put_off(comebacks: Comebacks, *, until: float = NOW, spent: int = 3, group: str = "a") -> None:
    behind = [message(f"{group}{number}", receive_count=spent, group=group) for number in (2, 3)]
    comebacks.put_off(message(f"{group}1", receive_count=spent, group=group), until=until, behind=behind)


def due(max_receive_count: int | None = 5, *, until: float = NOW, spent: int = 3) -> Comebacks:
    comebacks = make(max_receive_count)
    put_off(comebacks, until=until, spent=spent)
    return comebacks


def here(*, spent: int = 3) -> Comebacks:
    comebacks = due(spent=spent)
    comebacks.came(message("a1", receive_count=4), now=NOW)
    return comebacks


def alone(comebacks: Comebacks, *, now: float = NOW, wait: float = 20.0) -> bool:
    return comebacks.ask(wait=wait, followers=False, now=now)[0]


def state_of(comebacks: Comebacks) -> str:
    return {"<Comebacks: 0 due, 0 here>": "free", "<Comebacks: 1 due, 0 here>": "due"}.get(repr(comebacks), "here")


#: each event with few receives spent, with half of them, and for the message that is the last to have spent one
EVENTS: dict[str, list[Callable[[Comebacks], None]]] = {
    "put off": [
        lambda comebacks: put_off(comebacks, spent=1),
        put_off,
        lambda comebacks: comebacks.put_off(message("a3"), until=NOW, behind=[]),
    ],
    "came": [lambda comebacks: comebacks.came(message("a1", receive_count=4), now=NOW)],
    "over": [
        lambda comebacks: comebacks.over(message("a1"), now=NOW),
        lambda comebacks: comebacks.over(message("a3"), now=NOW),
    ],
}
STATES: dict[str, Callable[[], Comebacks]] = {"free": make, "due": due, "here": here}


@pytest.mark.parametrize(("row", "event", "cell"), [(*place, cell) for place, cell in cells(module.__doc__).items()])
def test_every_cell_of_the_table_on_top_of_the_module_is_true(row: str, event: str, cell: str) -> None:
    after = set()
    for happen in EVENTS[event]:
        comebacks = STATES[row]()
        happen(comebacks)
        after.add(state_of(comebacks))

    named = {state for state in STATES if state in cell.partition("→ ")[2].replace(",", "").split()}
    assert after | {row} == named | {row}


@pytest.mark.parametrize(
    ("max_receive_count", "spent", "expected"),
    [
        (1, 1, True),
        (2, 1, True),
        (3, 1, False),
        (3, 2, True),
        (4, 1, False),
        (4, 2, True),
        (5, 2, False),
        (5, 3, True),
        (10, 4, False),
        (10, 5, True),
        (None, 999, False),
    ],
)
def test_a_group_is_received_alone_once_its_followers_have_spent_half_of_their_receives(
    max_receive_count: int | None, spent: int, *, expected: bool
) -> None:
    assert alone(due(max_receive_count, spent=spent)) is expected


def test_as_long_as_the_queues_limit_is_unknown_the_first_receive_spent_is_half() -> None:
    comebacks = Comebacks(shortest=2.0, longest=LONGEST)
    put_off(comebacks, spent=1)

    assert alone(comebacks)


def test_a_message_without_followers_hinders_nobody() -> None:
    comebacks = make()
    comebacks.put_off(message("a1", receive_count=4), until=NOW, behind=[])

    assert not alone(comebacks)


def test_the_follower_that_has_spent_most_decides() -> None:
    comebacks = make()
    behind = [message("a2", receive_count=3), message("a3", receive_count=1)]
    comebacks.put_off(message("a1", receive_count=3), until=NOW, behind=behind)

    assert alone(comebacks)


def test_of_a_group_that_never_failed_nothing_is_known() -> None:
    comebacks = make()
    comebacks.came(message("a1", receive_count=4), now=NOW)
    comebacks.released(message("a1", receive_count=4), now=NOW)
    comebacks.over(message("a1", receive_count=4), now=NOW)

    assert not alone(comebacks)


@pytest.mark.parametrize(
    ("until", "wait", "expected"),
    [
        (NOW + 1.9, 20.0, (True, 20.0)),
        (NOW + 2.0, 20.0, (False, 1.0)),
        (NOW + 7.9, 20.0, (False, 6.0)),
        (NOW + 21.0, 20.0, (False, 20.0)),
        (NOW + 1.0, 0.0, (False, 0.0)),
        (NOW + 0.9, 0.0, (True, 0.0)),
        (NOW - 50.0, 20.0, (True, 20.0)),
    ],
)
def test_a_receive_asks_for_many_as_long_as_it_ends_before_the_group_is_due(
    until: float, wait: float, expected: tuple[bool, float]
) -> None:
    assert due(until=until).ask(wait=wait, followers=False, now=NOW) == expected


@pytest.mark.parametrize(
    ("shortest", "limit", "expected"),
    [(2.0, 5, 1.0), (30.0, 5, 1.0), (1.9, 5, 0.0), (0.0, 5, 0.0), (2.0, None, 20.0)],
)
def test_while_followers_wait_here_a_receive_ends_before_the_shortest_back_off(
    shortest: float, limit: int | None, expected: float
) -> None:
    assert make(limit, shortest=shortest).ask(wait=20.0, followers=True, now=NOW) == (False, expected)


def test_what_is_put_off_again_is_due_later() -> None:
    comebacks = here()
    comebacks.put_off(message("a1", receive_count=4), until=NOW + 100.0, behind=[])

    assert not alone(comebacks, now=NOW + 70.0)
    assert alone(comebacks, now=NOW + 100.0)


def test_what_runs_here_is_alone_however_long_it_runs() -> None:
    assert alone(here(), now=NOW + 10_000.0)


def test_what_runs_here_stays_alone_when_it_comes_again() -> None:
    comebacks = here()
    comebacks.came(message("a1", receive_count=5), now=NOW)

    assert alone(comebacks, now=NOW + 10_000.0)


def test_what_is_released_is_due_at_once() -> None:
    comebacks = here()
    comebacks.released(message("a1", receive_count=4), now=NOW + 50.0)

    assert repr(comebacks) == "<Comebacks: 1 due, 0 here>"
    assert alone(comebacks, now=NOW + 50.0)


def test_what_is_due_and_released_stays_due_at_its_time() -> None:
    comebacks = due(until=NOW + 100.0)
    comebacks.released(message("a2"), now=NOW)

    assert not alone(comebacks)


def test_after_a_success_the_followers_come_together_as_long_as_they_have_receives_to_spare() -> None:
    comebacks = here(spent=3)
    comebacks.allow(6)
    comebacks.over(message("a1", receive_count=4), now=NOW)

    assert not alone(comebacks)


def test_followers_with_few_receives_left_come_one_by_one() -> None:
    comebacks = here(spent=3)
    comebacks.over(message("a1", receive_count=4), now=NOW)
    assert alone(comebacks)

    comebacks.came(message("a2", receive_count=4), now=NOW)
    comebacks.over(message("a2", receive_count=4), now=NOW)
    assert alone(comebacks)


def test_after_the_last_follower_the_group_is_free() -> None:
    comebacks = here(spent=3)
    comebacks.over(message("a1", receive_count=4), now=NOW)
    comebacks.came(message("a3", receive_count=4), now=NOW)
    comebacks.over(message("a3", receive_count=4), now=NOW)

    assert not alone(comebacks)


def test_a_last_follower_that_fails_has_nobody_behind_it() -> None:
    comebacks = here()
    comebacks.put_off(message("a3", receive_count=4), until=NOW, behind=[])

    assert not alone(comebacks)


@pytest.mark.parametrize(("receive_count", "expected"), [(1, False), (3, False), (4, True)])
def test_a_message_that_came_alone_bounds_what_those_behind_it_have_spent(
    receive_count: int, *, expected: bool
) -> None:
    comebacks = due(spent=4)
    comebacks.came(message("a9", receive_count=receive_count), now=NOW)
    comebacks.over(message("a9", receive_count=receive_count), now=NOW)

    assert alone(comebacks) is expected


def test_a_group_that_is_free_again_is_unknown() -> None:
    comebacks = due()
    comebacks.put_off(message("a3", receive_count=4), until=NOW, behind=[])
    comebacks.came(message("a4", receive_count=4), now=NOW)

    assert not alone(comebacks)


def test_followers_that_never_come_are_given_up_as_well() -> None:
    comebacks = here(spent=3)
    comebacks.over(message("a1", receive_count=4), now=NOW)
    gone = NOW + LONGEST + OVERDUE

    assert alone(comebacks, now=gone - 1.0)
    assert not alone(comebacks, now=gone)
    assert repr(comebacks) == "<Comebacks: 0 due, 0 here>"


def test_a_follower_further_behind_becomes_the_last() -> None:
    comebacks = here(spent=3)
    behind = [message(name, receive_count=4) for name in ("a2", "a3", "a4", "a5")]
    comebacks.put_off(message("a1", receive_count=4), until=NOW, behind=behind)
    for last in ("a3", "a4"):
        comebacks.came(message(last, receive_count=5), now=NOW)
        comebacks.over(message(last, receive_count=5), now=NOW)
        assert alone(comebacks)
    comebacks.came(message("a5", receive_count=5), now=NOW)
    comebacks.over(message("a5", receive_count=5), now=NOW)

    assert not alone(comebacks)


def test_followers_that_came_once_more_are_counted_anew() -> None:
    comebacks = here(spent=3)
    comebacks.allow(6)
    put_off(comebacks, spent=5)
    comebacks.came(message("a1", receive_count=6), now=NOW)
    comebacks.over(message("a1", receive_count=6), now=NOW)

    assert alone(comebacks)


def test_the_last_follower_stays_the_last_where_only_some_of_them_came() -> None:
    comebacks = here(spent=4)
    comebacks.put_off(message("a1", receive_count=5), until=NOW, behind=[message("a2", receive_count=5)])
    comebacks.came(message("a2", receive_count=5), now=NOW)
    comebacks.over(message("a2", receive_count=5), now=NOW)

    assert alone(comebacks)


def test_what_is_due_and_never_comes_is_free_when_the_longest_back_off_has_passed() -> None:
    gone = NOW + LONGEST + OVERDUE + TOURS * FIRST_TOUR
    assert alone(due(), now=gone - 1.0)
    assert not alone(due(), now=gone)


def test_where_groups_wait_long_for_their_turn_they_stay_due_for_longer() -> None:
    comebacks = due()
    comebacks.came(message("a1", receive_count=4), now=NOW + 500.0)
    comebacks.put_off(message("a1", receive_count=4), until=NOW + 500.0, behind=[])

    assert alone(comebacks, now=NOW + 500.0 + LONGEST + 5_000.0)
    assert not alone(comebacks, now=NOW + 500.0 + LONGEST + OVERDUE + 5_000.0)


def test_the_longest_turn_of_late_counts() -> None:
    comebacks = due()
    for at, turn in ((1_000.0, 3.0), (1_100.0, 2.0)):
        comebacks.put_off(message("a1", receive_count=4), until=at, behind=[])
        comebacks.came(message("a1", receive_count=4), now=at + turn)
    comebacks.put_off(message("a1", receive_count=4), until=2_000.0, behind=[])

    assert alone(comebacks, now=2_000.0 + LONGEST + OVERDUE + 29.0)
    assert not alone(comebacks, now=2_000.0 + LONGEST + OVERDUE + 30.0)


def test_groups_are_apart() -> None:
    comebacks = due()
    put_off(comebacks, until=1_000.0, group="b")
    comebacks.put_off(message("a1"), until=NOW, behind=[])
    comebacks.came(message("a3", receive_count=4), now=NOW)
    comebacks.over(message("a3", receive_count=4), now=NOW)

    assert not alone(comebacks)
    assert alone(comebacks, now=1_000.0)


def test_it_reads_as_a_status_line() -> None:
    assert repr(here()) == "<Comebacks: 0 due, 1 here>"
