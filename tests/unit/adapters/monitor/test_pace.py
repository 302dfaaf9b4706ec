"""The pace at which calls are let through."""

from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.monitor.pace import Pace

ARRIVALS = st.lists(st.floats(min_value=0, max_value=1, allow_nan=False), max_size=60)


def test_a_burst_has_no_wait() -> None:
    pace = Pace(rate=8, burst=3)
    assert [pace.take(0.0) for _ in range(3)] == [0.0, 0.0, 0.0]


def test_after_a_burst_turns_come_at_the_rate() -> None:
    pace = Pace(rate=8, burst=1)
    assert [pace.take(0.0) for _ in range(3)] == [0.0, 0.125, 0.25]


def test_the_burst_comes_back_with_time() -> None:
    pace = Pace(rate=8, burst=2)
    assert [pace.take(0.0) for _ in range(4)] == [0.0, 0.0, 0.125, 0.25]
    assert [pace.take(100.0) for _ in range(3)] == [0.0, 0.0, 0.125]


def test_a_line_that_is_too_long_is_not_joined() -> None:
    pace = Pace(rate=1, burst=1, max_wait=1.0)
    assert [pace.take(0.0) for _ in range(4)] == [0.0, 1.0, None, None]


def test_who_did_not_join_the_line_does_not_lengthen_it() -> None:
    pace = Pace(rate=1, burst=1, max_wait=1.0)
    for _ in range(50):
        pace.take(0.0)
    assert pace.take(1.0) == 1.0


@given(gaps=ARRIVALS, rate=st.integers(1, 50), burst=st.integers(1, 20))
def test_no_stretch_of_time_sees_more_than_a_burst_and_the_rate(gaps: list[float], rate: int, burst: int) -> None:
    pace = Pace(rate=rate, burst=burst)
    now, turns = 0.0, []
    for gap in gaps:
        now += gap
        if (wait := pace.take(now)) is not None:
            turns.append(now + wait)
    for begin, first in enumerate(turns):
        for end, last in enumerate(turns[begin:], start=begin):
            assert end - begin + 1 <= burst + rate * (last - first) + 1e-6
