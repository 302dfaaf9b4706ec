"""What a job may say, and when it is told that it cannot."""

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from sqsd_core.errors import RetryMessage
from sqsd_core.outcome import RetryLater, Unavailable

#: whatever takes a number of seconds from a job
MAKERS: list[Callable[[Any], Any]] = [
    RetryLater,
    lambda after: Unavailable("full", after=after),
    lambda after: RetryMessage(after=after),
]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("after", ["5", b"5", [], True, Decimal(5), 1j])
def test_what_is_not_a_number_of_seconds_is_refused_where_it_is_made(make: Callable[[Any], Any], after: Any) -> None:
    with pytest.raises(TypeError, match=f"after: expected a number of seconds, got {type(after).__name__}"):
        make(after)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("after", [math.nan, 10**400])
def test_a_number_that_is_no_time_is_refused_where_it_is_made(make: Callable[[Any], Any], after: Any) -> None:
    with pytest.raises(ValueError, match="after: "):
        make(after)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("after", [5, 0, -3, 2.5, Fraction(5, 2), math.inf])
def test_any_other_number_is_kept_as_float_seconds(make: Callable[[Any], Any], after: Any) -> None:
    made = make(after)
    assert made.after == float(after)
    assert type(made.after) is float


@pytest.mark.parametrize("make", [RetryLater, lambda after: RetryMessage(after=after)])
def test_none_is_not_a_time(make: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match="got NoneType"):
        make(None)


def test_a_worker_that_asks_for_no_time_is_unavailable_all_the_same() -> None:
    assert Unavailable("connection refused").after is None
