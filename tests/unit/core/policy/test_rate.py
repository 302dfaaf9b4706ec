"""The token bucket: at most burst + rate × t starts in t seconds, and so many while there is something to do."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_core.policy.rate import Bucket, Rate

RATES = st.builds(
    Rate,
    starts=st.integers(1, 10_000),
    seconds=st.sampled_from([1.0, 60.0, 3_600.0]),
    burst=st.none() | st.integers(1, 1_000),
)
#: seconds between two attempts; the first is the uptime of the machine
GAPS = st.lists(st.floats(0.0, 100.0) | st.sampled_from([0.0, 0.001, 0.02, 1.0]), min_size=1, max_size=200)


def starts_of(bucket: Bucket, gaps: Sequence[float]) -> list[float]:
    """When the attempts were made that found a token."""
    now, starts = 10_000_000.0, []
    for gap in gaps:
        now += gap
        if not bucket.wait(1, now):
            bucket.take(now)
            starts.append(now)
    return starts


@given(RATES, GAPS)
def test_never_more_than_the_burst_and_the_rate_begin_in_any_window(rate: Rate, gaps: list[float]) -> None:
    starts = starts_of(Bucket(rate), gaps)

    for first, begin in enumerate(starts):
        for last, end in enumerate(starts[first:], start=1):
            assert last <= rate.at_once + (end - begin + 1e-5) / rate.interval


@given(RATES, st.integers(1, 300))
def test_the_rate_is_reached_when_there_is_always_something_to_do(rate: Rate, count: int) -> None:
    bucket, begin = Bucket(rate), 10_000_000.0
    now = begin
    for _ in range(count):
        now += bucket.wait(1, now)
        assert not bucket.wait(1, now)
        bucket.take(now)

    assert now - begin == pytest.approx(max(0, count - rate.at_once) * rate.interval, rel=1e-6, abs=1e-3)


@given(RATES, st.integers(1, 2_000), GAPS)
def test_the_wait_for_several_starts_is_that_of_one_after_another(rate: Rate, count: int, gaps: list[float]) -> None:
    bucket = Bucket(rate)
    now = starts_of(bucket, gaps)[-1] + gaps[-1]
    said, begin = bucket.wait(count, now), now
    for _ in range(count):
        now += bucket.wait(1, now)
        bucket.take(now)

    assert now - begin == pytest.approx(said, rel=1e-6, abs=1e-3)


@given(RATES, st.floats(0.0, 10.0), st.integers(0, 50))
def test_as_many_starts_fit_into_a_time_as_have_to_wait_no_longer(rate: Rate, seconds: float, taken: int) -> None:
    bucket, now = Bucket(rate), 10_000_000.0
    for _ in range(taken):
        bucket.take(now)
    fit = bucket.within(seconds, now)

    assert fit == 0 or bucket.wait(fit, now) <= seconds + 1e-5
    assert bucket.wait(fit + 1, now) > seconds - 1e-5


@pytest.mark.parametrize(
    ("rate", "burst"),
    [
        (Rate(starts=1), 1),
        (Rate(starts=10), 1),
        (Rate(starts=11), 2),
        (Rate(starts=50), 5),
        (Rate(starts=3_000, seconds=60.0), 5),
        (Rate(starts=10, seconds=3_600.0), 1),
        (Rate(starts=1_000), 100),
        (Rate(starts=1, burst=100), 100),
    ],
)
def test_without_a_burst_the_starts_of_a_tenth_of_a_second_may_begin_at_once(rate: Rate, burst: int) -> None:
    assert rate.at_once == burst


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (Rate(starts=50), "50/s"),
        (Rate(starts=3_000, seconds=60.0), "3000/m"),
        (Rate(starts=10, seconds=3_600.0, burst=3), "10/h,burst=3"),
        (Rate(starts=1_000_000), "1000000/s"),
        (Rate(starts=2.5, seconds=7.0), "2.5/7s"),
    ],
)
def test_it_is_written_as_in_the_settings(rate: Rate, text: str) -> None:
    assert str(rate) == text
    assert repr(Bucket(rate)) == f"<Bucket {text}>"


@pytest.mark.parametrize(
    "given", [{"starts": 0}, {"starts": -1}, {"starts": 1, "seconds": 0}, {"starts": 1, "burst": 0}]
)
def test_what_lets_nothing_begin_is_no_rate(given: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected positive numbers"):
        Rate(**given)  # type: ignore[arg-type]


def test_a_full_bucket_says_so_when_a_token_is_taken() -> None:
    bucket = Bucket(Rate(starts=1, burst=2))

    assert bucket.is_full(100.0)
    assert bucket.take(100.0)
    assert not bucket.is_full(100.5)
    assert not bucket.take(100.5)
    assert bucket.taken_at == 100.5
    assert bucket.is_full(102.0)
