"""Back-off: exact first, capped, jittered."""

from hypothesis import given
from hypothesis import strategies as st

from sqsd_core.policy.backoff import backoff

uniform = st.floats(0.0, 1.0, exclude_max=True)


@given(uniform)
def test_the_first_attempt_waits_the_base_exactly(random: float) -> None:
    assert backoff(1, base=2.0, maximum=900.0, random=random) == 2.0


@given(st.integers(1, 10_000), uniform)
def test_every_wait_lies_between_base_and_the_capped_double(attempt: int, random: float) -> None:
    wait = backoff(attempt, base=2.0, maximum=900.0, random=random)

    assert 2.0 <= wait <= min(900.0, 2.0 * 2.0 ** min(attempt - 1, 60))


def test_jitter_reaches_both_ends() -> None:
    assert backoff(4, base=2.0, maximum=900.0, random=0.0) == 2.0
    assert backoff(4, base=2.0, maximum=900.0, random=1.0) == 16.0


@given(st.integers(-5, 10_000), uniform)
def test_a_maximum_equal_to_the_base_is_a_fixed_wait(attempt: int, random: float) -> None:
    assert backoff(attempt, base=7.0, maximum=7.0, random=random) == 7.0
