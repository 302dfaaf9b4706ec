"""FIFO groups in the buffer: order within, freedom between."""

from collections import defaultdict

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sqsd_core.policy.ordering import Ordering


def ordering(*items: str) -> Ordering[str]:
    """An item is named by its group's letter and a number; one without a letter has no group."""
    order: Ordering[str] = Ordering()
    for item in items:
        order.add(item, item[0] if item[0].isalpha() else None)
    return order


def test_messages_without_a_group_start_at_once_in_order() -> None:
    order = ordering("1", "2", "3")

    assert [order.next(), order.next(), order.next(), order.next()] == ["1", "2", "3", None]


def test_one_of_a_group_runs_at_a_time_and_groups_run_side_by_side() -> None:
    order = ordering("a1", "a2", "b1", "b2")

    assert [order.next(), order.next(), order.next()] == ["a1", "b1", None]
    assert (order.startable, len(order)) == (0, 2)


def test_success_lets_the_next_of_the_group_start() -> None:
    order = ordering("a1", "a2")
    order.next()

    assert order.ended("a", succeeded=True) == []
    assert order.next() == "a2"


def test_failure_hands_back_the_rest_of_the_group_alone() -> None:
    order = ordering("a1", "a2", "a3", "b1", "b2")
    order.next()
    order.next()

    assert order.ended("a", succeeded=False) == ["a2", "a3"]
    assert len(order) == 1


def test_a_group_whose_messages_all_ended_is_free_again() -> None:
    order = ordering("a1")
    order.next()
    order.ended("a", succeeded=True)
    order.add("a2", "a")

    assert order.next() == "a2"


def test_what_may_start_is_cleared_with_those_behind_it_and_not_those_behind_a_running_message() -> None:
    order = ordering("a1", "a2", "b1", "b2", "7")
    order.next()

    assert order.clear_startable() == ["b1", "b2", "7"]
    assert (order.startable, len(order), order.is_busy("b")) == (0, 1, False)
    assert order.ended("a", succeeded=True) == []
    assert order.next() == "a2"


def test_clearing_keeps_a_running_group_busy_and_frees_the_others() -> None:
    order = ordering("a1", "a2", "b1", "b2", "7")
    order.next()

    assert sorted(order.clear()) == ["7", "a2", "b1", "b2"]
    order.add("a3", "a")
    order.add("b3", "b")
    assert [order.next(), order.next()] == ["b3", None]


def test_what_is_to_stay_stays_with_what_is_in_front_of_it_in_its_group() -> None:
    order = ordering("a1", "a2", "a3", "b1", "b2", "c1", "7", "8")
    assert order.next() == "a1"

    assert sorted(order.clear(but={"a2", "b2", "8"}.__contains__)) == ["7", "a3", "c1"]
    assert [order.next(), order.next(), order.next()] == ["b1", "8", None]
    order.ended("b", succeeded=True)
    order.ended("a", succeeded=True)
    assert [order.next(), order.next(), len(order)] == ["b2", "a2", 0]


def test_a_batch_takes_a_group_in_order_before_what_came_later() -> None:
    order = ordering("1", "a1", "2", "a2", "b1", "a3")

    assert list(order.together()) == ["1", "a1", "a2", "a3", "2", "b1"]
    assert order.take(3) == ["1", "a1", "a2"]
    assert order.take(5) == ["2", "b1"]


def test_what_a_batch_left_of_a_group_waits_for_its_end() -> None:
    order = ordering("a1", "a2", "a3")
    order.take(2)
    order.add("a4", "a")

    assert order.take(5) == []
    assert order.ended("a", succeeded=True) == []
    assert order.take(5) == ["a3", "a4"]


class OrderingMachine(RuleBasedStateMachine):
    """Against a model: order within a group, one running of each, nothing lost."""

    def __init__(self) -> None:
        super().__init__()
        self.order: Ordering[tuple[str, int]] = Ordering()
        self.numbers: defaultdict[str, int] = defaultdict(int)
        self.buffered: set[tuple[str, int]] = set()
        self.running: dict[str, list[tuple[str, int]]] = {}
        self.started: defaultdict[str, list[int]] = defaultdict(list)

    @rule(group=st.sampled_from("abc"))
    def add(self, group: str) -> None:
        item = (group, self.numbers[group])
        self.numbers[group] += 1
        self.buffered.add(item)
        self.order.add(item, group)

    @rule()
    def start(self) -> None:
        item = self.order.next()
        if item is None:
            assert all(group in self.running for group, _ in self.buffered)
            return
        assert item[0] not in self.running
        self.buffered.remove(item)
        self.running[item[0]] = [item]
        self.started[item[0]].append(item[1])

    @rule(count=st.integers(1, 5))
    def start_batch(self, count: int) -> None:
        together = list(self.order.together())
        batch = self.order.take(count)
        assert batch == together[:count]
        assert not self.running.keys() & {group for group, _ in batch}
        for item in batch:
            self.buffered.remove(item)
            self.running.setdefault(item[0], []).append(item)
            self.started[item[0]].append(item[1])

    @rule(group=st.sampled_from("abc"), succeeded=st.booleans())
    def end(self, group: str, *, succeeded: bool) -> None:
        if group in self.running:
            del self.running[group]
            released = self.order.ended(group, succeeded=succeeded)
            assert not (succeeded and released)
            if not succeeded:
                assert set(released) == {item for item in self.buffered if item[0] == group}
            self.buffered -= set(released)

    @rule()
    def clear(self) -> None:
        assert set(self.order.clear()) == self.buffered
        self.buffered.clear()

    @rule(modulus=st.integers(2, 5))
    def clear_some(self, modulus: int) -> None:
        last: dict[str, int] = {}
        for group, number in self.buffered:
            if not number % modulus:
                last[group] = max(number, last.get(group, 0))
        staying = {(group, number) for group, number in self.buffered if number <= last.get(group, -1)}
        assert set(self.order.clear(but=lambda item: not item[1] % modulus)) == self.buffered - staying
        self.buffered = staying

    @invariant()
    def groups_keep_their_order(self) -> None:
        assert len(self.order) == len(self.buffered)
        assert all(numbers == sorted(numbers) for numbers in self.started.values())


TestOrderingMachine = OrderingMachine.TestCase
TestOrderingMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
