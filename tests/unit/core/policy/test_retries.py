"""The groups that are received alone, cell by cell of the table."""

import pytest

from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.policy.retries import FIRST_TOUR, OVERDUE, TOURS, Retries

NOW = 100.0
LONGEST = 900.0


def message(name: str, *, receive_count: int = 1, group: str = "a") -> Message:
    return Message(
        id=MessageId(name), receipt=ReceiptHandle(name), body="", receive_count=receive_count, group_id=group
    )


def make(max_receive_count: int | None = 5, *, shortest: float = 2.0) -> Retries:
    retries = Retries(shortest=shortest, longest=LONGEST)
    retries.allow(max_receive_count)
    return retries


def put_off(retries: Retries, *, until: float = NOW, spent: int = 3, group: str = "a") -> None:
    behind = [message(f"{group}{number}", receive_count=spent, group=group) for number in (2, 3)]
    retries.put_off(message(f"{group}1", receive_count=spent, group=group), until=until, behind=behind)


def due(max_receive_count: int | None = 5, *, until: float = NOW, spent: int = 3) -> Retries:
    retries = make(max_receive_count)
    put_off(retries, until=until, spent=spent)
    return retries


def here(*, spent: int = 3) -> Retries:
    retries = due(spent=spent)
    retries.came(message("a1", receive_count=4), now=NOW)
    return retries


def alone(retries: Retries, *, now: float = NOW, wait: float = 20.0) -> bool:
    return retries.ask(wait=wait, followers=False, now=now)[0]


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
    retries = Retries(shortest=2.0, longest=LONGEST)
    put_off(retries, spent=1)

    assert alone(retries)


def test_a_message_without_followers_hinders_nobody() -> None:
    retries = make()
    retries.put_off(message("a1", receive_count=4), until=NOW, behind=[])

    assert not alone(retries)


def test_the_follower_that_has_spent_most_decides() -> None:
    retries = make()
    behind = [message("a2", receive_count=3), message("a3", receive_count=1)]
    retries.put_off(message("a1", receive_count=3), until=NOW, behind=behind)

    assert alone(retries)


def test_of_a_group_that_never_failed_nothing_is_known() -> None:
    retries = make()
    retries.came(message("a1", receive_count=4), now=NOW)
    retries.released(message("a1", receive_count=4), now=NOW)
    retries.over(message("a1", receive_count=4), now=NOW)

    assert not alone(retries)


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
    retries = here()
    retries.put_off(message("a1", receive_count=4), until=NOW + 100.0, behind=[])

    assert not alone(retries, now=NOW + 70.0)
    assert alone(retries, now=NOW + 100.0)


def test_what_runs_here_is_alone_however_long_it_runs() -> None:
    assert alone(here(), now=NOW + 10_000.0)


def test_what_runs_here_stays_alone_when_it_comes_again() -> None:
    retries = here()
    retries.came(message("a1", receive_count=5), now=NOW)

    assert alone(retries, now=NOW + 10_000.0)


def test_what_is_released_is_due_at_once() -> None:
    retries = here()
    retries.released(message("a1", receive_count=4), now=NOW + 50.0)

    assert repr(retries) == "<Retries: 1 due, 0 here>"
    assert alone(retries, now=NOW + 50.0)


def test_what_is_due_and_released_stays_due_at_its_time() -> None:
    retries = due(until=NOW + 100.0)
    retries.released(message("a2"), now=NOW)

    assert not alone(retries)


def test_after_a_success_the_followers_come_together_as_long_as_they_have_receives_to_spare() -> None:
    retries = here(spent=3)
    retries.allow(6)
    retries.over(message("a1", receive_count=4), now=NOW)

    assert not alone(retries)


def test_followers_with_few_receives_left_come_one_by_one() -> None:
    retries = here(spent=3)
    retries.over(message("a1", receive_count=4), now=NOW)
    assert alone(retries)

    retries.came(message("a2", receive_count=4), now=NOW)
    retries.over(message("a2", receive_count=4), now=NOW)
    assert alone(retries)


def test_after_the_last_follower_the_group_is_free() -> None:
    retries = here(spent=3)
    retries.over(message("a1", receive_count=4), now=NOW)
    retries.came(message("a3", receive_count=4), now=NOW)
    retries.over(message("a3", receive_count=4), now=NOW)

    assert not alone(retries)


def test_a_last_follower_that_fails_has_nobody_behind_it() -> None:
    retries = here()
    retries.put_off(message("a3", receive_count=4), until=NOW, behind=[])

    assert not alone(retries)


@pytest.mark.parametrize(("receive_count", "expected"), [(1, False), (3, False), (4, True)])
def test_a_message_that_came_alone_bounds_what_those_behind_it_have_spent(
    receive_count: int, *, expected: bool
) -> None:
    retries = due(spent=4)
    retries.came(message("a9", receive_count=receive_count), now=NOW)
    retries.over(message("a9", receive_count=receive_count), now=NOW)

    assert alone(retries) is expected


def test_a_group_that_is_free_again_is_unknown() -> None:
    retries = due()
    retries.put_off(message("a3", receive_count=4), until=NOW, behind=[])
    retries.came(message("a4", receive_count=4), now=NOW)

    assert not alone(retries)


def test_followers_that_never_come_are_given_up_as_well() -> None:
    retries = here(spent=3)
    retries.over(message("a1", receive_count=4), now=NOW)
    gone = NOW + LONGEST + OVERDUE

    assert alone(retries, now=gone - 1.0)
    assert not alone(retries, now=gone)
    assert repr(retries) == "<Retries: 0 due, 0 here>"


def test_a_follower_further_behind_becomes_the_last() -> None:
    retries = here(spent=3)
    behind = [message(name, receive_count=4) for name in ("a2", "a3", "a4", "a5")]
    retries.put_off(message("a1", receive_count=4), until=NOW, behind=behind)
    for last in ("a3", "a4"):
        retries.came(message(last, receive_count=5), now=NOW)
        retries.over(message(last, receive_count=5), now=NOW)
        assert alone(retries)
    retries.came(message("a5", receive_count=5), now=NOW)
    retries.over(message("a5", receive_count=5), now=NOW)

    assert not alone(retries)


def test_followers_that_came_once_more_are_counted_anew() -> None:
    retries = here(spent=3)
    retries.allow(6)
    put_off(retries, spent=5)
    retries.came(message("a1", receive_count=6), now=NOW)
    retries.over(message("a1", receive_count=6), now=NOW)

    assert alone(retries)


def test_the_last_follower_stays_the_last_where_only_some_of_them_came() -> None:
    retries = here(spent=4)
    retries.put_off(message("a1", receive_count=5), until=NOW, behind=[message("a2", receive_count=5)])
    retries.came(message("a2", receive_count=5), now=NOW)
    retries.over(message("a2", receive_count=5), now=NOW)

    assert alone(retries)


def test_what_is_due_and_never_comes_is_free_when_the_longest_back_off_has_passed() -> None:
    gone = NOW + LONGEST + OVERDUE + TOURS * FIRST_TOUR
    assert alone(due(), now=gone - 1.0)
    assert not alone(due(), now=gone)


def test_where_groups_wait_long_for_their_turn_they_stay_due_for_longer() -> None:
    retries = due()
    retries.came(message("a1", receive_count=4), now=NOW + 500.0)
    retries.put_off(message("a1", receive_count=4), until=NOW + 500.0, behind=[])

    assert alone(retries, now=NOW + 500.0 + LONGEST + 5_000.0)
    assert not alone(retries, now=NOW + 500.0 + LONGEST + OVERDUE + 5_000.0)


def test_the_longest_turn_of_late_counts() -> None:
    retries = due()
    for at, turn in ((1_000.0, 3.0), (1_100.0, 2.0)):
        retries.put_off(message("a1", receive_count=4), until=at, behind=[])
        retries.came(message("a1", receive_count=4), now=at + turn)
    retries.put_off(message("a1", receive_count=4), until=2_000.0, behind=[])

    assert alone(retries, now=2_000.0 + LONGEST + OVERDUE + 29.0)
    assert not alone(retries, now=2_000.0 + LONGEST + OVERDUE + 30.0)


def test_groups_are_apart() -> None:
    retries = due()
    put_off(retries, until=1_000.0, group="b")
    retries.put_off(message("a1"), until=NOW, behind=[])
    retries.came(message("a3", receive_count=4), now=NOW)
    retries.over(message("a3", receive_count=4), now=NOW)

    assert not alone(retries)
    assert alone(retries, now=1_000.0)


def test_it_reads_as_a_status_line() -> None:
    assert repr(here()) == "<Retries: 0 due, 1 here>"
