"""The groups whose first message comes back, cell by cell of the table."""

import pytest

from sqsd_core.policy.retries import OVERDUE, Retries


def near(retries: Retries, *, now: float = 100.0, within: float = 0.0) -> bool:
    return retries.near(now=now, within=within)


def due() -> Retries:
    retries = Retries()
    retries.put_off("a", until=100.0)
    return retries


def here() -> Retries:
    retries = due()
    retries.came("a")
    return retries


def test_of_a_group_that_never_failed_nothing_comes_back() -> None:
    retries = Retries()
    retries.came("a")
    retries.released("a", now=100.0)
    retries.over("a")
    assert not near(retries)


@pytest.mark.parametrize(
    ("now", "within", "expected"),
    [(79.0, 19.9, False), (79.0, 20.0, True), (100.0, 0.0, True), (160.0, 0.0, True), (160.1, 0.0, False)],
)
def test_what_is_due_is_near_from_the_first_receive_that_may_bring_it(
    now: float, within: float, *, expected: bool
) -> None:
    assert near(due(), now=now, within=within) is expected


def test_what_is_put_off_again_is_due_later() -> None:
    retries = due()
    retries.put_off("a", until=200.0)
    assert not near(retries)
    assert near(retries, now=200.0)


def test_what_is_due_and_released_was_not_ours() -> None:
    retries = due()
    retries.released("a", now=500.0)
    assert not near(retries, now=500.0)


def test_what_runs_here_is_near_however_long_it_runs() -> None:
    assert near(here(), now=100.0 + 10 * OVERDUE)


def test_what_runs_here_stays_near_when_it_comes_again() -> None:
    retries = here()
    retries.came("a")
    assert near(retries)


def test_what_ran_here_and_is_put_off_is_due_then() -> None:
    retries = here()
    retries.put_off("a", until=300.0)
    assert not near(retries)
    assert near(retries, now=300.0)


def test_what_was_here_and_is_released_is_due_at_once() -> None:
    retries = here()
    retries.released("a", now=150.0)
    assert near(retries, now=150.0)
    assert not near(retries, now=150.0 + OVERDUE + 0.1)


@pytest.mark.parametrize("retries", [due(), here()], ids=["due", "here"])
def test_what_is_over_is_forgotten(retries: Retries) -> None:
    retries.over("a")
    assert not near(retries)


def test_a_message_without_a_group_is_none_of_them() -> None:
    retries = Retries()
    retries.put_off(None, until=0.0)
    retries.came(None)
    retries.released(None, now=100.0)
    retries.over(None)
    assert not near(retries)


def test_groups_are_apart() -> None:
    retries = due()
    retries.put_off("b", until=1_000.0)
    retries.over("a")
    assert not near(retries)
    assert near(retries, now=1_000.0)


def test_it_reads_as_a_status_line() -> None:
    assert repr(here()) == "<Retries: 0 due, 1 here>"
