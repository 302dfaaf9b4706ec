"""The buffer of slots: what is reserved, who is woken, and what a free slot may wait for."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from random import Random

import pytest

from sqsd_adapters.testing.fakes import LoopClock
from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.plan import Share
from sqsd_core.flow.worker.feed import Feed, Places
from sqsd_core.flow.worker.handoff import Handoff
from sqsd_core.flow.worker.turns import Turns
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.policy.locking import Lock
from sqsd_core.policy.ordering import Ordering
from sqsd_core.policy.receives import Receives
from sqsd_core.policy.window import MAX_PATIENCE, Window
from tests.support.homes import RecordingHome

HOME = RecordingHome()
SLOT = 60.0  # seconds: how long the jobs of these tests run


def now() -> float:
    return asyncio.get_running_loop().time()


def delivery(number: int = 0, *, group: str | None = None) -> Delivery:
    message = Message(id=MessageId(str(number)), receipt=ReceiptHandle(str(number)), body="", group_id=group)
    return Delivery(
        message=message,
        receipt=message.receipt,
        lock=Lock(message.id, "test"),
        received_at=0.0,
        invisible_until=SLOT,
        home=HOME,
    )


class OneFeed:
    """A handoff with one queue."""

    def __init__(self, *, slots: int, receivers: int = 1, max_messages: int = 10) -> None:
        self.window = Window(slots=slots)
        self.receives = Receives(receivers=receivers)
        self.feed = Feed(receives=self.receives, max_messages=max_messages)
        turns = Turns(share=Share.WEIGHTED)
        self.handoff = Handoff(window=self.window, turns=turns, clock=LoopClock(), slots=slots)
        self.handoff.join(self.feed, HOME)
        self.take, self.give_back, self.close = self.handoff.take, self.handoff.give_back, self.handoff.close
        self.abandon = self.handoff.abandon

    async def reserve(self, *, at_most: int) -> int:
        return (await self.handoff.reserve(self.feed, at_most=at_most)).messages

    def put(self, deliveries: Sequence[Delivery], *, reserved: int) -> None:
        places = Places(reserved, reserved)
        self.handoff.put(self.feed, deliveries, places=places, brought=len(deliveries))


def handoff_of(*, slots: int, receivers: int = 1) -> OneFeed:
    return OneFeed(slots=slots, receivers=receivers)


async def full(*, slots: int, reserve: int | None = None) -> tuple[OneFeed, list[Delivery]]:
    """A handoff of which every slot runs a message."""
    handoff = handoff_of(slots=slots)
    reserved = await handoff.reserve(at_most=reserve or slots)
    handoff.put([delivery(number) for number in range(slots)], reserved=reserved)
    running = [await handoff.take() for _ in range(slots)]
    return handoff, [taken for taken in running if taken is not None]


async def test_a_receive_is_alone_until_answers_call_for_more_side_by_side() -> None:
    one = handoff_of(slots=10, receivers=4)
    assert await one.reserve(at_most=10) == 10
    assert one.handoff.is_alone(one.feed)

    one.receives.answered(10, asked=10, took=0.01, now=now())
    assert not one.handoff.is_alone(one.feed)


async def test_places_that_a_receive_did_not_fill_are_free_again() -> None:
    handoff = handoff_of(slots=10)

    for _ in range(5):
        reserved = await handoff.reserve(at_most=10)
        assert reserved == 10
        handoff.put([delivery()], reserved=reserved)
        taken = await handoff.take()
        assert taken is not None
        handoff.give_back(taken, succeeded=True)

    assert repr(handoff.handoff) == "<Handoff 0 running, 0 buffered, 0 asked for>"


async def test_a_second_receive_waits_for_the_first_while_the_queue_is_quiet() -> None:
    handoff = handoff_of(slots=20, receivers=4)
    await handoff.reserve(at_most=10)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(100.0):
            await handoff.reserve(at_most=10)


async def test_a_slot_that_becomes_free_beside_long_jobs_is_filled_soon() -> None:
    handoff, running = await full(slots=10)
    reserving = asyncio.create_task(handoff.reserve(at_most=10))
    await asyncio.sleep(SLOT)
    handoff.give_back(running[0], succeeded=True)
    before = now()

    assert await reserving == 1
    assert now() - before <= MAX_PATIENCE


async def test_slots_that_become_free_together_are_filled_by_one_receive() -> None:
    handoff, running = await full(slots=10)
    reserving = asyncio.create_task(handoff.reserve(at_most=10))
    await asyncio.sleep(SLOT)
    for done in running[:3]:
        handoff.give_back(done, succeeded=True)
        await asyncio.sleep(MAX_PATIENCE / 10)

    assert await reserving == 3


async def test_a_completion_does_not_wake_a_reserver_that_is_patient_already() -> None:
    handoff, running = await full(slots=10)
    reserving = asyncio.create_task(handoff.reserve(at_most=10))
    await asyncio.sleep(SLOT)
    handoff.give_back(running[0], succeeded=True)
    await asyncio.sleep(0.0)
    before = now()
    for done in running[1:3]:
        await asyncio.sleep(MAX_PATIENCE * 0.4)
        handoff.give_back(done, succeeded=True)

    assert await reserving == 3
    assert now() - before <= MAX_PATIENCE


async def test_a_waiting_slot_takes_what_is_put() -> None:
    handoff = handoff_of(slots=1)
    taking = asyncio.create_task(handoff.take())
    await asyncio.sleep(1.0)
    message = delivery()

    handoff.put([message], reserved=await handoff.reserve(at_most=1))

    assert await taking is message


@pytest.mark.parametrize("late", [False, True])
async def test_a_cancelled_slot_passes_its_wake_up_on(*, late: bool) -> None:
    handoff = handoff_of(slots=2)
    first, second = asyncio.create_task(handoff.take()), asyncio.create_task(handoff.take())
    await asyncio.sleep(1.0)
    if not late:
        first.cancel()
    handoff.put([delivery()], reserved=await handoff.reserve(at_most=2))
    first.cancel()

    assert await second is not None
    assert first.cancelled() or first.cancelling()


async def test_a_cancelled_reserver_passes_its_wake_up_on() -> None:
    handoff, running = await full(slots=2)
    first = asyncio.create_task(handoff.reserve(at_most=1))
    second = asyncio.create_task(handoff.reserve(at_most=1))
    await asyncio.sleep(1.0)
    handoff.give_back(running[0], succeeded=True)
    first.cancel()

    async with asyncio.timeout(MAX_PATIENCE):
        assert await second == 1


async def test_closing_ends_every_slot_that_waits_and_starts_nothing_more() -> None:
    handoff = handoff_of(slots=3)
    taking = [asyncio.create_task(handoff.take()) for _ in range(3)]
    await asyncio.sleep(1.0)

    handoff.close()

    assert await asyncio.gather(*taking) == [None, None, None]
    handoff.put([delivery()], reserved=await handoff.reserve(at_most=1))
    assert await handoff.take() is None
    assert len(handoff.abandon()) == 1


async def test_what_is_abandoned_makes_room() -> None:
    handoff = handoff_of(slots=2)
    handoff.put([delivery(0), delivery(1)], reserved=await handoff.reserve(at_most=2))
    reserving = asyncio.create_task(handoff.reserve(at_most=2))
    await asyncio.sleep(10.0)
    assert not reserving.done()

    assert len(handoff.abandon()) == 2

    assert await reserving == 2


async def test_a_group_is_free_again_after_its_buffer_was_abandoned() -> None:
    handoff = handoff_of(slots=3)
    handoff.put([delivery(number, group="g") for number in range(3)], reserved=await handoff.reserve(at_most=3))
    assert (running := await handoff.take()) is not None
    assert [gone.message.id for gone in handoff.abandon()] == ["1", "2"]

    assert list(handoff.give_back(running, succeeded=True)) == []
    handoff.put([delivery(1, group="g")], reserved=await handoff.reserve(at_most=3))

    assert (again := await handoff.take()) is not None
    assert again.message.id == "1"


async def test_messages_that_wait_for_their_group_take_no_place() -> None:
    handoff = handoff_of(slots=2)
    handoff.put([delivery(number, group="g") for number in range(2)], reserved=await handoff.reserve(at_most=2))
    assert await handoff.take() is not None

    assert (handoff.handoff.running, handoff.handoff.buffered) == (1, 1)
    async with asyncio.timeout(MAX_PATIENCE):
        assert await handoff.reserve(at_most=2) == 1


class Simulation:
    """Receives and slots around the real policy and handoff, with a queue that never runs empty; notes what it sees."""

    def __init__(self, random: Random, *, job: Callable[[], float], trip: float) -> None:
        self.slots, self.receivers = random.randint(1, 40), random.randint(1, 8)
        self.max_messages = random.randint(1, 10)
        self.connect()
        self.job, self.trip = job, trip
        self.excess: list[str] = []
        #: seconds of a slot without a message, once the jobs have been measured
        self.longest_idle = self.longest_job = 0.0
        self.measured_from = 0.0
        self._numbers = 0

    def connect(self) -> None:
        self.one = OneFeed(slots=self.slots, receivers=self.receivers, max_messages=self.max_messages)
        self.window, self.handoff = self.one.window, self.one.handoff

    async def run(self, seconds: float) -> None:
        loops: list[Callable[[], Coroutine[None, None, None]]] = [self._fetch] * self.receivers
        loops += [self._work] * self.slots
        try:
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
                for loop in loops:
                    group.create_task(loop())
        except TimeoutError:
            return

    async def _fetch(self) -> None:
        while True:
            reserved = await self.one.reserve(at_most=self.max_messages)
            self._look(reserved)
            await asyncio.sleep(self.trip)
            self._numbers += reserved
            self.one.receives.answered(reserved, asked=reserved, took=self.trip, now=now())
            self.window.receive_time = self.one.receives.time
            self.one.put([delivery(self._numbers) for _ in range(reserved)], reserved=reserved)

    async def _work(self) -> None:
        while True:
            idle_since = now()
            taken = await self.handoff.take()
            assert taken is not None
            if idle_since >= self.measured_from:
                self.longest_idle = max(self.longest_idle, now() - idle_since)
            duration = self.job()
            self.longest_job = max(self.longest_job, duration)
            await asyncio.sleep(duration)
            self.handoff.give_back(taken, succeeded=True)

    def _look(self, reserved: int) -> None:
        """What is held may exceed today's window by what was reserved under a wider one, and by nothing else."""
        held = self.handoff.running + self.handoff.buffered + self.handoff._asked
        if held > self.slots + self.window.prefetch:
            self.excess.append(f"{held} held after {reserved} more, {self.slots} slots, {self.window.prefetch} ahead")


@pytest.mark.parametrize("seed", range(40))
async def test_nothing_is_asked_for_beyond_the_window_and_no_slot_starves(seed: int) -> None:
    random = Random(seed)
    usual = random.choice([0.002, 0.02, 0.2, 2.0, 20.0])
    trip = random.choice([0.001, 0.015, 0.1])
    simulation = Simulation(random, job=lambda: random.uniform(0.5, 1.5) * usual, trip=trip)

    simulation.measured_from = 5 * usual
    await simulation.run(10.0 + 10 * usual)

    assert simulation.excess == []
    # Its turn comes within its patience (a small part of a job, as far as it is known) and the trips of the
    # receives that are under way, each of which may have filled other slots first.
    turns = 2 + simulation.slots / (simulation.max_messages * simulation.receivers)
    assert simulation.longest_idle <= min(MAX_PATIENCE, 0.1 * simulation.longest_job) + turns * 2 * trip


@pytest.mark.parametrize("slots", [1, 8, 40])
async def test_the_buffer_is_given_up_when_jobs_become_slow(slots: int) -> None:
    random = Random(slots)
    duration = 0.005
    simulation = Simulation(random, job=lambda: duration, trip=0.015)
    simulation.slots, simulation.receivers, simulation.max_messages = slots, 4, 10
    simulation.connect()
    running = asyncio.create_task(simulation.run(300.0))
    await asyncio.sleep(5.0)
    assert simulation.window.prefetch > 0

    duration = 10.0
    await asyncio.sleep(250.0)

    assert (simulation.window.prefetch, simulation.handoff.buffered) == (0, 0)
    await running


class CountingOrdering(Ordering[Delivery]):
    """Counts how often a slot looks for a message."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def next(self) -> Delivery | None:
        self.looks += 1
        return super().next()


async def idle_slots(handoff: OneFeed, number: int) -> tuple[CountingOrdering, list[asyncio.Task[Delivery | None]]]:
    """Slots that have looked and wait."""
    ordering = handoff.feed.ordering = CountingOrdering()
    slots = [asyncio.create_task(handoff.take()) for _ in range(number)]
    await asyncio.sleep(1.0)
    ordering.looks = 0
    return ordering, slots


async def test_receives_that_answer_in_one_turn_wake_one_slot_per_message() -> None:
    handoff = handoff_of(slots=1_000)
    ordering, slots = await idle_slots(handoff, 1_000)

    for receive in range(16):
        handoff.put([delivery(10 * receive + number) for number in range(10)], reserved=0)
    await asyncio.sleep(1.0)

    assert sum(slot.done() for slot in slots) == 160
    assert ordering.looks == 160


async def test_a_slot_that_is_cancelled_after_it_was_woken_leaves_its_message_to_another() -> None:
    handoff = handoff_of(slots=3)
    _, (first, second, third) = await idle_slots(handoff, 3)

    handoff.put([delivery(1)], reserved=0)
    first.cancel()
    await asyncio.sleep(1.0)
    handoff.put([delivery(2)], reserved=0)
    await asyncio.sleep(1.0)

    assert first.cancelled()
    assert second.done()
    assert third.done()


class CountingHandoff(Handoff):
    """Counts how often a reserver looks for places."""

    looks = 0

    def _places(self, feed: Feed, at_most: int, *, patient: bool) -> Places | None:
        self.looks += 1
        return super()._places(feed, at_most, patient=patient)


async def test_jobs_that_end_in_one_turn_wake_one_reserver_per_receive_that_there_is_room_for() -> None:
    window, receives = Window(slots=64), Receives(receivers=16)
    feed = Feed(receives=receives)
    handoff = CountingHandoff(window=window, turns=Turns(share=Share.WEIGHTED), clock=LoopClock(), slots=64)
    handoff.join(feed, HOME)
    for _ in range(5):
        receives.answered(10, asked=10, took=1.0, now=now())
    handoff.again([delivery(number) for number in range(64)])
    running = [taken for _ in range(64) if (taken := await handoff.take()) is not None]
    reserving = [asyncio.create_task(handoff.reserve(feed, at_most=10)) for _ in range(16)]
    await asyncio.sleep(0.1)
    handoff.looks = 0

    for done in running:
        handoff.give_back(done, succeeded=True)
    await asyncio.sleep(0.0)
    await asyncio.sleep(0.0)

    assert sum(task.result().messages for task in reserving if task.done()) == 60
    assert handoff.looks <= 8
    await asyncio.sleep(MAX_PATIENCE)
    assert sum(task.result().messages for task in reserving if task.done()) == 64
    for task in reserving:
        task.cancel()
