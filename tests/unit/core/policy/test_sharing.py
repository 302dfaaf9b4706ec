from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_core.policy.sharing import CREDIT, Strict, Weighted

WEIGHTS = st.dictionaries(
    st.integers(0, 7), st.floats(0.1, 100, allow_nan=False, allow_infinity=False), min_size=1, max_size=8
)


def turns(sharing: Weighted[str] | Strict[str], waiting: list[str], count: int) -> Counter[str]:
    counted: Counter[str] = Counter()
    for _ in range(count):
        queue = sharing.next(waiting)
        assert queue is not None
        sharing.took(queue)
        counted[queue] += 1
    return counted


def test_turns_follow_the_weights() -> None:
    assert turns(Weighted({"orders": 3, "mails": 1}), ["orders", "mails"], 400) == {"orders": 300, "mails": 100}


def test_a_queue_that_waits_alone_gets_every_turn() -> None:
    assert turns(Weighted({"orders": 3, "mails": 1}), ["mails"], 10) == {"mails": 10}


def test_nobody_has_a_turn_where_nothing_waits() -> None:
    assert Weighted({"orders": 1}).next([]) is None
    assert Strict(["orders"]).next([]) is None


def test_a_queue_that_was_empty_is_owed_nothing() -> None:
    sharing = Weighted({"orders": 1, "mails": 1})
    turns(sharing, ["orders"], 1000)
    assert turns(sharing, ["orders", "mails"], 10) == {"orders": 5, "mails": 5}


def test_a_queue_that_rests_again_is_owed_nothing_again() -> None:
    sharing = Weighted({"orders": 1, "mails": 1})
    turns(sharing, ["orders", "mails"], 10)
    sharing.rested("mails")
    turns(sharing, ["orders"], 1000)
    assert turns(sharing, ["orders", "mails"], 10) == {"orders": 5, "mails": 5}


def test_a_queue_that_is_slow_to_bring_its_messages_is_owed_so_many_turns_and_no_more() -> None:
    sharing = Weighted({"orders": 1, "mails": 1})
    turns(sharing, ["orders", "mails"], 2)
    turns(sharing, ["orders"], 1000)
    assert turns(sharing, ["orders", "mails"], int(CREDIT)) == {"mails": CREDIT}
    assert turns(sharing, ["orders", "mails"], 10) == pytest.approx({"orders": 5, "mails": 5}, abs=1)


def test_turns_that_were_not_used_are_given_back() -> None:
    sharing = Weighted({"orders": 1, "mails": 1})
    turns(sharing, ["orders", "mails"], 2)
    sharing.took("orders", 10)
    sharing.took("orders", -10)
    assert turns(sharing, ["orders", "mails"], 10) == {"orders": 5, "mails": 5}


@given(WEIGHTS, st.integers(1, 500))
def test_no_queue_is_further_from_its_share_than_a_turn_of_each(weights: dict[int, float], count: int) -> None:
    """The bound of stride scheduling: at any moment, no queue is ahead of its share by more than one turn per queue."""
    sharing = Weighted(weights)
    counted: Counter[int] = Counter()
    for _ in range(count):
        queue = sharing.next(weights)
        assert queue is not None
        sharing.took(queue)
        counted[queue] += 1
    total = sum(weights.values())
    for queue, weight in weights.items():
        assert abs(counted[queue] - count * weight / total) <= len(weights)


@given(WEIGHTS, st.data())
def test_no_queue_starves_while_others_come_and_go(weights: dict[int, float], data: st.DataObject) -> None:
    """A queue that always waits has its turn within a time that its weight bounds, whatever the others do."""
    sharing = Weighted(weights)
    patient = data.draw(st.sampled_from(sorted(weights)))
    others = [queue for queue in weights if queue != patient]
    last = [0]
    for turn in range(1, 400):
        here = [queue for queue in others if data.draw(st.booleans())] if turn % 7 == 0 else others
        queue = sharing.next([patient, *here])
        assert queue is not None
        sharing.took(queue)
        for absent in set(others) - set(here):
            sharing.rested(absent)
        if queue == patient:
            last.append(turn)
    last.append(400)
    longest = max(after - before for before, after in pairwise(last))
    assert longest <= 2 * len(weights) + sum(weights[queue] / weights[patient] + 1 for queue in others) * 2


@given(st.permutations(range(6)), st.lists(st.sets(st.integers(0, 5)), max_size=50))
def test_in_strict_order_a_lower_queue_has_a_turn_only_where_no_higher_one_waits(
    order: list[int], moments: list[set[int]]
) -> None:
    sharing = Strict(order)
    for waiting in moments:
        queue = sharing.next(waiting)
        assert queue == (min(waiting, key=order.index) if waiting else None)
        if queue is not None:
            sharing.took(queue)


@pytest.mark.parametrize("asked", [1, 10])
def test_a_queue_that_is_asked_and_brings_nothing_changes_no_share_of_the_others(asked: int) -> None:
    sharing = Weighted({"orders": 10, "mails": 1, "empty": 0.1})
    counted: Counter[str] = Counter()
    for _ in range(1_100):
        sharing.took("empty", asked)
        sharing.took("empty", -asked)
        sharing.rested("empty")
        counted += turns(sharing, ["orders", "mails"], 1)
    assert counted["orders"] == pytest.approx(1_000, abs=2)
