"""How many slots are in use: the table of policy/concurrency, and a worker that takes only so many at once."""

import heapq
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_core.policy.concurrency import SHORTEST, Concurrency

ENDS = st.lists(
    st.tuples(st.booleans(), st.floats(0.0, 20.0), st.floats(0.0, 5.0), st.integers(1, 64)), min_size=1, max_size=300
)


def end(
    concurrency: Concurrency, *, full: bool = False, began: float = 0.0, now: float = 1.0, running: int = 64
) -> int:
    return concurrency.ended(full=full, began=began, now=now, running=running)


def cut_to(slots: int, *, of: int = 64) -> Concurrency:
    """Make one that was cut to so many slots at the instant 1."""
    concurrency = Concurrency(slots=of)
    concurrency.slots = 2 * slots
    assert end(concurrency, full=True) == slots
    return concurrency


def test_at_first_all_slots_are_in_use() -> None:
    assert Concurrency(slots=64).slots == 64
    assert end(Concurrency(slots=64)) == 64


@pytest.mark.parametrize(("before", "after"), [(64, 32), (3, 1), (2, 1), (1, 1)])
def test_a_full_worker_gets_half_of_the_slots_and_at_least_one(before: int, after: int) -> None:
    assert end(Concurrency(slots=before), full=True) == after


def test_one_burst_counts_once() -> None:
    concurrency = Concurrency(slots=64)

    assert [end(concurrency, full=True, began=0.5, now=1.0 + n / 1_000) for n in range(54)] == [32] * 54


def test_a_full_answer_to_an_invocation_that_began_after_the_cut_halves_again() -> None:
    assert end(cut_to(32), full=True, began=1.1, now=1.2) == 16


def test_a_clean_window_adds_one_slot() -> None:
    concurrency = cut_to(4)

    assert [end(concurrency, began=1.5, now=3.0, running=4) for _ in range(4)] == [4, 4, 4, 5]


def test_a_window_of_quick_invocations_lasts_a_second() -> None:
    concurrency = cut_to(4)

    for number in range(10):
        assert end(concurrency, began=1.01 + number / 20, now=1.1 + number / 20, running=4) == 4
    assert end(concurrency, began=1.9, now=1.0 + SHORTEST, running=4) == 5


def test_slots_that_are_not_taken_prove_nothing() -> None:
    concurrency = cut_to(4)

    assert {end(concurrency, began=1.5, now=3.0, running=3) for _ in range(20)} == {4}


def test_what_began_before_the_cut_adds_nothing() -> None:
    concurrency = cut_to(4)

    assert {end(concurrency, began=0.9, now=3.0, running=4) for _ in range(20)} == {4}


def test_a_full_answer_begins_the_window_anew() -> None:
    concurrency = cut_to(8)
    for _ in range(7):
        end(concurrency, began=1.5, now=3.0, running=8)

    assert end(concurrency, full=True, began=1.5, now=3.0, running=8) == 4
    assert [end(concurrency, began=3.5, now=5.0, running=4) for _ in range(4)] == [4, 4, 4, 5]


@given(st.integers(1, 64), ENDS)
def test_the_slots_stay_in_bounds_and_change_by_the_table_alone(
    most: int, ends: list[tuple[bool, float, float, int]]
) -> None:
    concurrency, now, seen, cuts = Concurrency(slots=most), 0.0, [most], [-inf]
    for full, gap, duration, running in ends:
        now += gap
        began = now - duration
        after = concurrency.ended(full=full, began=began, now=now, running=running)
        if full and began >= cuts[-1]:
            assert after == max(1, seen[-1] // 2)
            cuts.append(now)
        else:
            assert after - seen[-1] in {0, 1}
        assert 1 <= after <= most
        seen.append(after)

    assert str(seen[-1]) in repr(concurrency)
    assert all(one <= other for one, other in pairwise(cuts))


class Simulation:
    """A worker that takes ``capacity`` jobs of 100 ms at once and answers 429 within 5 ms beyond, always fed."""

    def __init__(self, *, slots: int) -> None:
        self.concurrency = Concurrency(slots=slots)
        self.now = 0.0
        self.done = self.refused = 0
        self.seen: list[int] = []
        #: when it ends, when it began, whether it was refused
        self._running: list[tuple[float, float, bool]] = []

    def run(self, *, seconds: float, capacity: int) -> "Simulation":
        self.done = self.refused = 0
        self.seen = []
        until = self.now + seconds
        while self.now < until:
            while len(self._running) < self.concurrency.slots:
                refused = sum(not job[2] for job in self._running) >= capacity
                heapq.heappush(self._running, (self.now + (0.005 if refused else 0.1), self.now, refused))
            self.now, began, refused = self._running[0]
            self.concurrency.ended(full=refused, began=began, now=self.now, running=len(self._running))
            heapq.heappop(self._running)
            self.done += not refused
            self.refused += refused
            self.seen.append(self.concurrency.slots)
        return self


def test_a_worker_of_ten_gets_about_ten_of_64_slots_and_thirty_when_it_has_grown() -> None:
    simulation = Simulation(slots=64)

    start = simulation.run(seconds=5.0, capacity=10)
    assert start.refused < 150
    ten = simulation.run(seconds=60.0, capacity=10)
    assert max(ten.seen) <= 11
    assert ten.done > 0.7 * 60.0 * 10 / 0.1
    assert ten.refused < 0.005 * ten.done

    simulation.run(seconds=30.0, capacity=30)
    thirty = simulation.run(seconds=60.0, capacity=30)
    assert max(thirty.seen) <= 31
    assert thirty.done > 0.7 * 60.0 * 30 / 0.1

    simulation.run(seconds=5.0, capacity=10)
    assert max(simulation.run(seconds=60.0, capacity=10).seen) <= 11


def test_a_worker_that_never_says_that_it_is_full_keeps_all_slots() -> None:
    assert set(Simulation(slots=64).run(seconds=10.0, capacity=64).seen) == {64}
