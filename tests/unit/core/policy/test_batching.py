"""Batches: when they go, what is tried again, and that nothing is forgotten."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sqsd_core.policy.batching import RETRY_BASE, RETRY_MAX, Batching, Entry


def batching() -> Batching[str]:
    return Batching(size=3, linger=1.0)


def items(batch: list[Entry[str]]) -> list[str]:
    return [entry.item for entry in batch]


def fill(batches: Batching[str], *names: str, now: float = 0.0) -> None:
    for name in names:
        batches.add(name, now=now, good_until=now + 60.0)


def test_a_full_batch_goes_at_once_in_order() -> None:
    batches = batching()
    fill(batches, "a", "b", "c", "d")

    assert items(batches.take(now=0.0)) == ["a", "b", "c"]
    assert batches.take(now=0.0) == []
    assert len(batches) == 1


def test_the_entry_that_completes_a_batch_says_so() -> None:
    batches = batching()

    assert [batches.add(name, now=0.0, good_until=60.0) for name in "abc"] == [False, False, True]
    assert items(batches.take(now=0.0)) == ["a", "b", "c"]


def test_a_batch_that_is_not_full_goes_after_the_linger() -> None:
    batches = batching()
    fill(batches, "a")

    assert batches.next_due() == 1.0
    assert batches.take(now=0.9) == []
    assert items(batches.take(now=1.0)) == ["a"]
    assert batches.next_due() is None


def test_a_flush_takes_everything() -> None:
    batches = batching()
    fill(batches, "a", "b", "c", "d")

    assert items(batches.take(now=0.0, flush=True)) == ["a", "b", "c"]
    assert items(batches.take(now=0.0, flush=True)) == ["d"]
    assert batches.take(now=0.0, flush=True) == []


def test_a_failed_entry_is_due_again_after_its_back_off() -> None:
    batches = batching()
    fill(batches, "a")
    (entry,) = batches.take(now=0.0, flush=True)

    assert batches.failed(entry, now=5.0, random=0.0)
    assert batches.next_due() == 5.0 + RETRY_BASE
    assert batches.take(now=5.0, flush=True) == []
    (again,) = batches.take(now=5.0 + RETRY_BASE)
    assert (again.item, again.failures) == ("a", 1)


def test_a_retry_that_is_due_does_not_wait_for_company() -> None:
    batches = batching()
    fill(batches, "a")
    (entry,) = batches.take(now=0.0, flush=True)
    batches.failed(entry, now=0.0, random=0.0)
    fill(batches, "b", now=0.1)

    assert batches.next_due() == RETRY_BASE
    assert items(batches.take(now=RETRY_BASE)) == ["a", "b"]


def test_an_entry_whose_receipt_ends_first_is_given_up() -> None:
    batches = batching()
    batches.add("a", now=0.0, good_until=RETRY_BASE)
    (entry,) = batches.take(now=0.0, flush=True)

    assert not batches.failed(entry, now=0.0, random=0.0)
    assert len(batches) == 0


class BatchingMachine(RuleBasedStateMachine):
    """Against a model: every item is waiting, under way, done or given up, and never two of them."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: Batching[int] = Batching(size=3, linger=1.0)
        self.now = 0.0
        self.added = 0
        self.under_way: list[Entry[int]] = []
        self.settled: set[int] = set()

    @rule(life=st.floats(0.1, 30.0))
    def add(self, life: float) -> None:
        self.batches.add(self.added, now=self.now, good_until=self.now + life)
        self.added += 1

    @rule(seconds=st.floats(0.0, RETRY_MAX))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(flush=st.booleans())
    def take(self, *, flush: bool) -> None:
        due = self.batches.next_due()
        batch = self.batches.take(now=self.now, flush=flush)
        assert len(batch) <= 3
        if due is not None and due <= self.now:
            assert batch
        self.under_way += batch

    @rule()
    def succeed(self) -> None:
        self.settled |= {entry.item for entry in self.under_way}
        self.under_way = []

    @rule(random=st.floats(0.0, 1.0, exclude_max=True))
    def fail(self, random: float) -> None:
        for entry in self.under_way:
            if not self.batches.failed(entry, now=self.now, random=random):
                self.settled.add(entry.item)
        self.under_way = []

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        assert len(self.batches) + len(self.under_way) + len(self.settled) == self.added


TestBatchingMachine = BatchingMachine.TestCase
TestBatchingMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
