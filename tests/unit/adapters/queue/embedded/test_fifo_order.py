"""FIFO groups: one at a time, in order, side by side."""

import pytest

from sqsd_adapters.queue.embedded.engine import Engine
from sqsd_adapters.queue.embedded.stored import Received, Sending
from sqsd_core.message import MessageId
from tests.support.embedded import numbered_engine

QUEUE = "jobs.fifo"


@pytest.fixture
def engine() -> Engine:
    return numbered_engine(jobs_fifo={})


def send(engine: Engine, *bodies: str, group: str = "red", now: float = 0) -> None:
    for body in bodies:
        engine.send(QUEUE, Sending(body=body, group_id=group, deduplication_id=f"{group}{body}"), now=now)


def receive(engine: Engine, *, limit: int = 10, visibility: float = 30, now: float = 0) -> list[Received]:
    return engine.receive(QUEUE, limit=limit, visibility=visibility, now=now)


def bodies(received: list[Received]) -> list[str]:
    return [message.sending.body for message in received]


def test_one_receive_takes_several_of_a_group_in_order(engine: Engine) -> None:
    send(engine, "a", "b", "c")
    assert bodies(receive(engine)) == ["a", "b", "c"]


def test_a_group_with_a_message_in_flight_yields_nothing_more(engine: Engine) -> None:
    send(engine, "a", "b")
    send(engine, "c", group="blue")
    assert bodies(receive(engine, limit=1)) == ["a"]
    assert bodies(receive(engine)) == ["c"]
    assert not receive(engine)


def test_the_next_of_a_group_comes_when_the_first_was_deleted(engine: Engine) -> None:
    send(engine, "a", "b")
    [first] = receive(engine, limit=1)
    engine.delete(QUEUE, first.receipt, now=1)
    assert bodies(receive(engine, now=1)) == ["b"]


def test_a_message_whose_visibility_ends_comes_before_the_rest(engine: Engine) -> None:
    send(engine, "a", "b", "c")
    receive(engine, limit=1, visibility=5)
    assert not receive(engine, now=4.9)
    assert bodies(receive(engine, now=5)) == ["a", "b", "c"]


def test_messages_that_come_back_one_by_one_wait_for_each_other(engine: Engine) -> None:
    send(engine, "a", "b", "c", "d")
    _first, second, third = receive(engine, limit=3, visibility=30)
    engine.change_visibility(QUEUE, second.receipt, 0, now=1)
    engine.delete(QUEUE, third.receipt, now=2)
    assert not receive(engine, now=3)
    assert bodies(receive(engine, now=30)) == ["a", "b", "d"]


def test_a_group_is_delivered_up_to_its_first_message_in_flight(engine: Engine) -> None:
    send(engine, "a", "b", "c", "d")
    first, second, _third = receive(engine, limit=3, visibility=30)
    engine.change_visibility(QUEUE, first.receipt, 0, now=1)
    assert bodies(receive(engine, now=1)) == ["a"]
    engine.change_visibility(QUEUE, second.receipt, 0, now=2)
    assert not receive(engine, now=2)


def test_all_that_came_back_before_the_first_in_flight_comes_with_one_receive(engine: Engine) -> None:
    send(engine, "a", "b", "c", "d")
    for message in receive(engine, limit=3, visibility=30)[:2]:
        engine.change_visibility(QUEUE, message.receipt, 0, now=1)
    assert bodies(receive(engine, now=1)) == ["a", "b"]


def test_the_last_of_a_receive_in_flight_holds_back_what_was_sent_later(engine: Engine) -> None:
    send(engine, "a", "b", "c")
    first, _second = receive(engine, limit=2)
    engine.delete(QUEUE, first.receipt, now=1)
    assert not receive(engine, now=1)


def test_a_standard_queue_brings_what_came_back_before_what_was_sent_later() -> None:
    engine = numbered_engine(jobs={})
    for body in ("old", "new", "newest"):
        engine.send("jobs", Sending(body=body), now=0)
    [old] = engine.receive("jobs", limit=1, now=0)
    engine.change_visibility("jobs", old.receipt, 0, now=1)
    assert bodies(engine.receive("jobs", limit=10, now=2)) == ["old", "new", "newest"]


def test_a_delayed_head_holds_back_its_group_even_when_the_next_one_is_shown() -> None:
    engine = numbered_engine(jobs_fifo={"DelaySeconds": "10"})
    send(engine, "a")
    send(engine, "b", now=1)
    assert engine.interventions(QUEUE).show(MessageId("2"), now=1)
    assert not receive(engine, now=9)
    assert bodies(receive(engine, now=10)) == ["a", "b"]


@pytest.mark.parametrize("delay", [0, 4, 30])
def test_another_delay_of_the_queue_holds_for_messages_that_are_delayed_and_keeps_their_order(delay: int) -> None:
    engine = numbered_engine(jobs_fifo={"DelaySeconds": "10"})
    send(engine, "a")
    engine.set_attributes(QUEUE, {"DelaySeconds": f"{delay}"}, now=1)
    send(engine, "b", now=1)
    if delay:
        assert not receive(engine, now=delay - 0.1)
    assert bodies(receive(engine, now=delay + 1)) == ["a", "b"]


def test_a_message_that_expired_frees_its_group() -> None:
    engine = numbered_engine(jobs_fifo={"MessageRetentionPeriod": "60"})
    send(engine, "a", now=0)
    send(engine, "b", now=30)
    receive(engine, limit=1, visibility=1_000, now=31)
    assert not receive(engine, now=59)
    assert bodies(receive(engine, now=60)) == ["b"]


def test_groups_take_turns(engine: Engine) -> None:
    send(engine, "a", "b")
    send(engine, "c", "d", group="blue")
    order = []
    for now in range(4):
        [message] = receive(engine, limit=1, now=now)
        order.append(message.sending.body)
        engine.delete(QUEUE, message.receipt, now=now)
    assert order == ["a", "c", "b", "d"]


def test_groups_that_are_done_leave_nothing_behind(engine: Engine) -> None:
    for number in range(100):
        send(engine, "x", group=f"group{number}")
    while received := receive(engine):
        for message in received:
            engine.delete(QUEUE, message.receipt, now=0)
    assert not engine._queue(QUEUE).shelf._order._groups  # type: ignore[attr-defined]  # of FifoOrder
