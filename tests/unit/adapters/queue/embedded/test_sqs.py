"""Receives that wait, and what wakes them, in virtual time."""

import asyncio
from collections.abc import Callable

import pytest

from sqsd_adapters.queue.embedded.errors import SqsError
from sqsd_adapters.queue.embedded.redrive import redrive_to
from sqsd_adapters.queue.embedded.sqs import EmbeddedSqs
from sqsd_adapters.queue.embedded.stored import Received, Sending


@pytest.fixture
async def sqs() -> EmbeddedSqs:
    sqs = EmbeddedSqs()
    for name in ("dead", "jobs", "jobs.fifo"):
        sqs.engine.create_queue(name, now=sqs.now())
    return sqs


def send(sqs: EmbeddedSqs, body: str = "x", *, delay: float | None = None) -> None:
    sqs.engine.send("jobs", Sending(body=body, delay=delay), now=sqs.now())


def later(seconds: float, act: Callable[[], object]) -> None:
    asyncio.get_running_loop().call_later(seconds, act)


async def timed(receiving: "asyncio.Future[list[Received]] | asyncio.Task[list[Received]]") -> tuple[int, float]:
    """How many messages came, and when."""
    received = await receiving
    return len(received), asyncio.get_running_loop().time()


def receive(sqs: EmbeddedSqs, name: str = "jobs", **options: float) -> "asyncio.Task[list[Received]]":
    return asyncio.ensure_future(sqs.receive(name, **{"limit": 10, "wait": 20, **options}))  # type: ignore[arg-type]


async def test_an_empty_queue_answers_when_the_wait_is_over(sqs: EmbeddedSqs) -> None:
    assert await timed(receive(sqs)) == (0, 20)


async def test_no_wait_is_no_wait(sqs: EmbeddedSqs) -> None:
    assert await timed(receive(sqs, wait=0)) == (0, 0)


async def test_the_queues_own_wait_counts_where_none_is_given(sqs: EmbeddedSqs) -> None:
    sqs.engine.set_attributes("jobs", {"ReceiveMessageWaitTimeSeconds": "7"}, now=0)
    assert not await sqs.receive("jobs")
    assert asyncio.get_running_loop().time() == 7


async def test_a_send_wakes_a_waiting_receive(sqs: EmbeddedSqs) -> None:
    later(3, lambda: send(sqs))
    assert await timed(receive(sqs)) == (1, 3)


async def test_the_end_of_a_delay_wakes_it(sqs: EmbeddedSqs) -> None:
    later(1, lambda: send(sqs, delay=4))
    assert await timed(receive(sqs)) == (1, 5)


async def test_the_end_of_a_visibility_timeout_wakes_it(sqs: EmbeddedSqs) -> None:
    send(sqs)
    await sqs.receive("jobs", visibility=8)
    assert await timed(receive(sqs)) == (1, 8)


async def test_a_release_wakes_it(sqs: EmbeddedSqs) -> None:
    send(sqs)
    [held] = await sqs.receive("jobs", visibility=300)
    later(2, lambda: sqs.engine.change_visibility("jobs", held.receipt, 0, now=sqs.now()))
    assert await timed(receive(sqs)) == (1, 2)


async def test_a_shortened_visibility_wakes_it_at_the_new_instant(sqs: EmbeddedSqs) -> None:
    send(sqs)
    [held] = await sqs.receive("jobs", visibility=300)
    later(2, lambda: sqs.engine.change_visibility("jobs", held.receipt, 5, now=sqs.now()))
    assert await timed(receive(sqs)) == (1, 7)


async def test_a_delete_that_opens_a_fifo_group_wakes_it(sqs: EmbeddedSqs) -> None:
    for body in ("a", "b"):
        sending = Sending(body=body, group_id="red", deduplication_id=body)
        sqs.engine.send("jobs.fifo", sending, now=sqs.now())
    [held] = await sqs.receive("jobs.fifo", limit=1, visibility=300)
    later(2, lambda: sqs.engine.delete("jobs.fifo", held.receipt, now=sqs.now()))
    assert await timed(receive(sqs, "jobs.fifo")) == (1, 2)


async def test_a_dead_letter_wakes_a_receive_on_its_new_queue(sqs: EmbeddedSqs) -> None:
    sqs.engine.set_attributes("jobs", redrive_to("dead", 1), now=0)
    send(sqs)
    await sqs.receive("jobs", visibility=6)
    jobs = receive(sqs)
    assert await timed(receive(sqs, "dead")) == (1, 6)
    assert await timed(jobs) == (0, 20)


async def test_a_deleted_queue_ends_it_with_an_error(sqs: EmbeddedSqs) -> None:
    later(2, lambda: sqs.engine.delete_queue("jobs"))
    with pytest.raises(SqsError, match="does not exist"):
        await sqs.receive("jobs", wait=20)
    assert asyncio.get_running_loop().time() == 2


@pytest.mark.parametrize("name", ["jobs", "jobs.fifo"])
@pytest.mark.parametrize("way", ["deleted", "released", "timed out"])
async def test_a_queue_with_too_many_messages_in_flight_makes_a_receive_wait_until_one_lands(
    name: str, way: str
) -> None:
    sqs = EmbeddedSqs(max_in_flight=1)
    sqs.engine.create_queue(name, now=sqs.now())
    fifo = name.endswith(".fifo")
    for group in ("red", "blue"):
        sending = Sending(body=group, group_id=group, deduplication_id=group if fifo else None)
        sqs.engine.send(name, sending, now=sqs.now())
    [first] = await receive(sqs, name, visibility=3 if way == "timed out" else 60)
    if way == "deleted":
        later(3, lambda: sqs.engine.delete(name, first.receipt, now=sqs.now()))
    elif way == "released":
        later(3, lambda: sqs.engine.change_visibility(name, first.receipt, 0, now=sqs.now()))
    assert await timed(receive(sqs, name, visibility=60)) == (1, 3)
    assert await timed(receive(sqs, name)) == (0, 23)


async def test_each_of_several_waiting_receives_gets_one_of_as_many_messages(sqs: EmbeddedSqs) -> None:
    waiting = [receive(sqs, limit=1) for _ in range(5)]
    for _ in range(5):
        later(1, lambda: send(sqs))
    assert [len(await one) for one in waiting] == [1, 1, 1, 1, 1]
    assert asyncio.get_running_loop().time() == 1


async def test_the_one_who_waited_longest_is_served_first(sqs: EmbeddedSqs) -> None:
    first, second = receive(sqs), receive(sqs)
    later(1, lambda: send(sqs))
    assert await timed(first) == (1, 1)
    assert await timed(second) == (0, 20)


async def test_a_receive_cancelled_just_as_it_is_woken_leaves_the_message_to_the_next(
    sqs: EmbeddedSqs,
) -> None:
    first, second = receive(sqs), receive(sqs)
    await asyncio.sleep(1)
    send(sqs)
    await asyncio.sleep(0)
    first.cancel()
    assert await timed(second) == (1, 1)
    assert first.cancelled()


async def test_receives_that_are_over_leave_no_timer_and_no_waiter(sqs: EmbeddedSqs) -> None:
    send(sqs)
    await sqs.receive("jobs", visibility=300)
    assert await timed(receive(sqs)) == (0, 20)
    cancelled = receive(sqs)
    await asyncio.sleep(1)
    cancelled.cancel()
    await asyncio.wait([cancelled])
    await asyncio.sleep(1)
    assert not sqs._timers
    assert not sqs._reviews
    assert not any(sqs._waiters.values())
