"""What LOG_ANSWERS keeps of a failed answer."""

import pytest

from sqsd_adapters.invoker.excerpt import with_answer, with_error
from sqsd_core.outcome import Failed, Interrupted, Outcome, Retained, RetryLater, Succeeded, Unavailable


def kept(outcome: Outcome) -> str:
    return str(getattr(outcome, "answer", ""))


@pytest.mark.parametrize("outcome", [Failed("status 500"), RetryLater(2.0), Unavailable("status 503")])
def test_a_failure_keeps_the_first_bytes_of_its_answer(outcome: Outcome) -> None:
    assert kept(with_answer(outcome, b"no database", limit=5)) == "no da"


@pytest.mark.parametrize("outcome", [Succeeded(), Retained(), Interrupted("closed")])
def test_what_is_no_failure_of_an_answer_keeps_nothing(outcome: Outcome) -> None:
    assert with_answer(outcome, b"no database", limit=5) is outcome


def test_nothing_is_kept_unless_it_is_asked_for() -> None:
    assert kept(with_answer(Failed("x"), b"no database", limit=0)) == ""
    assert kept(with_error(Failed("x"), ValueError("card number"), limit=0)) == ""


def test_what_moves_a_cursor_is_escaped() -> None:
    assert kept(with_answer(Failed("x"), b"a\n\x1b[2J\xff", limit=100)) == r"a\x0a\x1b[2J\xff"


def test_a_character_that_the_limit_cuts_in_two_is_left_out() -> None:
    assert kept(with_answer(Failed("x"), "aé".encode(), limit=2)) == "a"


def test_an_exception_keeps_its_text() -> None:
    assert kept(with_error(Failed("raised ValueError"), ValueError("no database"), limit=100)) == "no database"


def test_an_exception_without_a_text_keeps_none() -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert kept(with_error(Failed("raised Odd"), Odd(), limit=100)) == ""


def test_an_answer_is_not_in_the_representation_of_an_outcome() -> None:
    assert "card" not in repr(with_answer(Failed("x"), b"card", limit=100))
