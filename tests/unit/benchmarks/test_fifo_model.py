"""The model of a FIFO queue behaves as SQS does."""

import pytest

from benchmarks.fifo_model import FifoModel


def numbers(model: FifoModel, *, limit: int = 10, now: float = 0.0) -> list[int]:
    return [delivery.number for delivery in model.receive(limit=limit, visibility=30.0, now=now)]


def test_a_receive_brings_one_group_after_the_other_each_in_order() -> None:
    model = FifoModel(groups=2)
    model.send(6)

    assert numbers(model) == [0, 2, 4, 1, 3, 5]


def test_nothing_of_a_group_comes_while_its_first_message_is_in_flight() -> None:
    model = FifoModel(groups=1)
    model.send(3)

    assert numbers(model, limit=1) == [0]
    assert numbers(model) == []
    model.delete(0)
    assert numbers(model) == [1, 2]


@pytest.mark.parametrize(("cautious", "expected"), [(False, [0]), (True, [])])
def test_a_group_comes_up_to_its_first_message_in_flight_or_not_at_all(*, cautious: bool, expected: list[int]) -> None:
    model = FifoModel(groups=1, cautious=cautious)
    model.send(3)
    assert numbers(model, limit=2) == [0, 1]

    model.hide(0, seconds=0.0, now=1.0)
    model.expire(1.0)

    assert numbers(model, now=1.0) == expected


def test_what_was_received_too_often_is_a_dead_letter_and_its_group_goes_on() -> None:
    model = FifoModel(groups=1, max_receive_count=1)
    model.send(2)
    assert numbers(model, limit=1) == [0]

    model.hide(0, seconds=0.0, now=0.0)
    model.expire(0.0)

    assert numbers(model) == [1]
    assert model.dead_letters == [0]


def test_the_latest_visibility_counts() -> None:
    model = FifoModel(groups=1)
    model.send(1)
    assert numbers(model) == [0]

    model.hide(0, seconds=100.0, now=0.0)

    assert not model.expire(99.0)
    assert model.expire(100.0)
