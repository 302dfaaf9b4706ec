"""What waits behind a failing message of a FIFO group: it runs in the end, and other groups keep their pace."""

from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.fifo_stage import Load, Result, simulate
from sqsd_core.flow.options import DaemonOptions

FOR_EVER = 1_000_000
GROUPS, MESSAGES = 5_000, 15_000


def run(load: Load, failures: Mapping[int, int], options: DaemonOptions, *, seed: int = 0) -> Result:
    """Run the load; ``failures`` is how often each message fails before it succeeds."""
    return simulate(load, fails=lambda number, before: before < failures.get(number, 0), options=options, seed=seed)


@pytest.fixture(scope="module")
def pace() -> float:
    """Messages per second without a failure."""
    return run(busy(None), {}, DaemonOptions(slots=64, receivers=16)).per_second


def busy(max_receive_count: int | None) -> Load:
    return Load(groups=GROUPS, messages=MESSAGES, max_receive_count=max_receive_count, job=0.025)


@pytest.mark.parametrize("max_receive_count", [3, 10, None])
def test_row_43_with_one_of_a_hundred_failing_once_at_least_80_percent_of_the_pace_is_left(
    pace: float, max_receive_count: int | None
) -> None:
    random = Random(0)
    failures = dict.fromkeys(random.sample(range(MESSAGES), MESSAGES // 100), 1)

    result = run(busy(max_receive_count), failures, DaemonOptions(slots=64, receivers=16))

    assert result.per_second > 0.8 * pace
    assert (result.dead_letters, result.disorder) == ([], [])


@st.composite
def histories(draw: st.DrawFn, *, daemons: st.SearchStrategy[int]) -> tuple[Load, dict[int, int], DaemonOptions]:
    side_by_side = draw(daemons)
    max_receive_count = draw(st.integers(1, 10))
    groups = draw(st.sampled_from([1, 2, 5, 20]))
    messages = groups * draw(st.integers(2, 12))
    load = Load(
        groups=groups,
        messages=messages,
        max_receive_count=max_receive_count,
        job=draw(st.sampled_from([0.0, 0.01, 0.3, 3.0])),
        latency=draw(st.sampled_from([0.0, 0.015, 0.1])),
        cautious=draw(st.booleans()),
        shuffled=draw(st.booleans()),
        daemons=side_by_side,
    )
    failing = st.dictionaries(st.integers(0, messages - 1), st.sampled_from([1, 2, FOR_EVER]), max_size=8)
    options = DaemonOptions(
        slots=draw(st.sampled_from([1, 2, 8, 64])),
        receivers=draw(st.sampled_from([1, 2, 4, 16])),
        wait_time=draw(st.sampled_from([5.0, 20.0])),
        error_visibility_timeout=draw(st.sampled_from([2.0, 5.0])),
    )
    return load, draw(failing), options


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories(daemons=st.just(1)), seed=st.integers(0, 999))
def test_no_follower_becomes_a_dead_letter_that_no_job_has_seen(
    history: tuple[Load, dict[int, int], DaemonOptions], seed: int
) -> None:
    result = run(*history, seed=seed)

    assert (result.unseen, result.disorder) == ([], [])


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories(daemons=st.integers(2, 5)), seed=st.integers(0, 999))
def test_nor_does_one_where_several_daemons_receive(
    history: tuple[Load, dict[int, int], DaemonOptions], seed: int
) -> None:
    result = run(*history, seed=seed)

    assert (result.unseen, result.disorder) == ([], [])


def test_a_slow_daemon_remembers_a_group_that_waits_long_for_its_turn() -> None:
    load = Load(groups=300, messages=1_500, max_receive_count=3, job=10.0)

    result = run(load, dict.fromkeys(range(10), FOR_EVER), DaemonOptions(slots=16))

    assert (sorted(result.dead_letters), result.unseen) == ([*range(10)], [])


@pytest.mark.parametrize("seed", range(3))
def test_where_one_message_of_a_group_fails_after_the_other_each_follower_runs(seed: int) -> None:
    load = Load(groups=8, messages=96, max_receive_count=3, job=3.0, latency=0.1)
    failures = dict.fromkeys(Random(seed).sample(range(96), 29), 1)

    result = run(load, failures, DaemonOptions(slots=64, receivers=4), seed=seed)

    assert result.unseen == []
