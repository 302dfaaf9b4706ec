"""Sharing calls, and failing fast."""

import asyncio
from collections.abc import Sequence

import pytest

from sqsd_adapters.lock_store.pipeline import MAX_LOCKS, Pipeline
from sqsd_adapters.lock_store.steps import Step, Verb
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Lock

TIMEOUT = 0.5
PAUSE = 2.0


def locks(name: str, count: int = 1) -> list[Lock]:
    return [Lock(MessageId(name), "token")] * count


class FakeRedis:
    """Answers every lock with its message id, after ``latency``; or fails at the deadline when it is down."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.steps: list[Step] = []
        self.latency = 0.0
        self.down = False
        self.closed = False

    async def call(self, steps: Sequence[Step], *, deadline: float) -> str:
        keys = "".join(lock.message_id for step in steps for lock in step.locks)
        self.calls.append(keys)
        self.steps += steps
        if self.down:
            await asyncio.sleep(deadline - asyncio.get_running_loop().time())
            raise LockStoreUnavailable("down")
        await asyncio.sleep(self.latency)
        return keys

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def redis() -> FakeRedis:
    return FakeRedis()


@pytest.fixture
def pipeline(redis: FakeRedis) -> Pipeline:
    return Pipeline(link=redis, timeout=TIMEOUT, pause=PAUSE)


async def test_those_who_ask_in_one_turn_share_a_call_and_get_their_own_answers(
    redis: FakeRedis, pipeline: Pipeline
) -> None:
    async with pipeline:
        answers = await asyncio.gather(*(pipeline.ask(Verb.ACQUIRE, locks(name, 2)) for name in "abc"))

    assert answers == ["aa", "bb", "cc"]
    assert redis.calls == ["aabbcc"]


async def test_neighbours_that_ask_for_the_same_are_one_step_and_the_order_stays(
    redis: FakeRedis, pipeline: Pipeline
) -> None:
    async with pipeline:
        answers = await asyncio.gather(
            pipeline.ask(Verb.COMPLETE, locks("a"), 60.0),
            pipeline.ask(Verb.COMPLETE, locks("b"), 60.0),
            pipeline.ask(Verb.COMPLETE, locks("c"), 5.0),
            pipeline.ask(Verb.ACQUIRE, locks("d", 2), 5.0),
            pipeline.ask(Verb.COMPLETE, locks("e"), 60.0),
            pipeline.ask(Verb.RELEASE, ()),
        )

    assert list(answers) == ["a", "b", "c", "dd", "e", ""]
    assert redis.steps == [
        Step(Verb.COMPLETE, [*locks("a"), *locks("b")], 60_000),
        Step(Verb.COMPLETE, locks("c"), 5_000),
        Step(Verb.ACQUIRE, locks("d", 2), 5_000),
        Step(Verb.COMPLETE, locks("e"), 60_000),
        Step(Verb.RELEASE, [], 1),
    ]


async def test_those_who_ask_while_a_call_is_under_way_share_the_next(redis: FakeRedis, pipeline: Pipeline) -> None:
    redis.latency = 0.1
    async with pipeline:
        first = asyncio.ensure_future(pipeline.ask(Verb.ACQUIRE, locks("a")))
        await asyncio.sleep(0.05)
        later = [asyncio.ensure_future(pipeline.ask(Verb.ACQUIRE, locks(name))) for name in "bc"]
        await asyncio.gather(first, *later)

    assert redis.calls == ["a", "bc"]


async def test_a_call_takes_no_more_locks_than_redis_does_in_a_moment(redis: FakeRedis, pipeline: Pipeline) -> None:
    async with pipeline:
        await asyncio.gather(*(pipeline.ask(Verb.ACQUIRE, locks(name, MAX_LOCKS // 2)) for name in "abc"))

    assert [len(call) for call in redis.calls] == [MAX_LOCKS // 2 * 2, MAX_LOCKS // 2]


async def test_a_request_beyond_the_cap_goes_alone_and_whole(redis: FakeRedis, pipeline: Pipeline) -> None:
    async with pipeline:
        answers = await asyncio.gather(*(pipeline.ask(Verb.ACQUIRE, locks(name, MAX_LOCKS + 1)) for name in "ab"))

    assert answers == ["a" * (MAX_LOCKS + 1), "b" * (MAX_LOCKS + 1)]
    assert len(redis.calls) == 2


async def test_a_request_that_was_cancelled_is_not_sent(redis: FakeRedis, pipeline: Pipeline) -> None:
    redis.latency = 0.1
    async with pipeline:
        first, second, third = (asyncio.ensure_future(pipeline.ask(Verb.ACQUIRE, locks(name))) for name in "abc")
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(first, third)

    assert redis.calls == ["ac"]


async def test_everyone_gives_up_within_their_time_out(redis: FakeRedis, pipeline: Pipeline) -> None:
    redis.down = True
    loop = asyncio.get_running_loop()

    async def time_until_unavailable(begin: float) -> float:
        await asyncio.sleep(begin)
        start = loop.time()
        with pytest.raises(LockStoreUnavailable):
            await pipeline.ask(Verb.ACQUIRE, locks("a"))
        return loop.time() - start

    async with pipeline:
        begins = (0.0, 0.1, 0.4, 0.49, 0.6)
        waits = await asyncio.gather(*(time_until_unavailable(begin) for begin in begins))

    assert waits == pytest.approx([0.5, 0.4, 0.1, 0.01, 0.0])


async def test_a_slow_call_leaves_the_next_only_the_rest_of_its_own_time(redis: FakeRedis, pipeline: Pipeline) -> None:
    redis.latency = 0.4
    async with pipeline:
        start = asyncio.get_running_loop().time()
        first = asyncio.ensure_future(pipeline.ask(Verb.ACQUIRE, locks("a")))
        await asyncio.sleep(0.1)
        second = asyncio.ensure_future(pipeline.ask(Verb.ACQUIRE, locks("b")))
        redis.down = True
        await first
        with pytest.raises(LockStoreUnavailable):
            await second

        assert asyncio.get_running_loop().time() - start == pytest.approx(0.6)


async def test_redis_is_left_alone_during_the_pause_and_asked_again_after_it(
    redis: FakeRedis, pipeline: Pipeline
) -> None:
    redis.down = True
    async with pipeline:
        for _ in range(10):
            with pytest.raises(LockStoreUnavailable):
                await pipeline.ask(Verb.ACQUIRE, locks("a"))
        redis.down = False
        assert redis.calls == ["a"]

        await asyncio.sleep(PAUSE)
        assert await pipeline.ask(Verb.ACQUIRE, locks("b")) == "b"


async def test_whoever_is_refused_during_the_pause_learns_what_went_wrong(redis: FakeRedis, pipeline: Pipeline) -> None:
    redis.down = True
    async with pipeline:
        for _ in range(2):
            with pytest.raises(LockStoreUnavailable, match=r"^down$"):
                await pipeline.ask(Verb.ACQUIRE, locks("a"))


async def test_closing_frees_those_who_wait_and_closes_the_link(redis: FakeRedis, pipeline: Pipeline) -> None:
    redis.latency = 3_600.0
    async with pipeline:
        under_way, waiting = (asyncio.ensure_future(pipeline.ask(Verb.ACQUIRE, locks(name))) for name in "ab")
        await asyncio.sleep(0.1)
        later = asyncio.ensure_future(pipeline.ask(Verb.ACQUIRE, locks("c")))
        await asyncio.sleep(0.1)

    for request in (under_way, waiting, later):
        with pytest.raises(LockStoreUnavailable):
            await request
    assert redis.closed


async def test_a_fault_of_our_own_leaves_nobody_waiting(redis: FakeRedis, pipeline: Pipeline) -> None:
    async def call(steps: Sequence[Step], *, deadline: float) -> str:
        raise ZeroDivisionError

    redis.call = call  # type: ignore[method-assign]  # a bug for once
    with pytest.raises(ExceptionGroup):
        async with pipeline:
            await pipeline.ask(Verb.ACQUIRE, locks("a"))


SPACING = 0.1


@pytest.fixture
def spaced(redis: FakeRedis) -> Pipeline:
    return Pipeline(link=redis, timeout=TIMEOUT, pause=PAUSE, spacing=SPACING)


async def test_after_a_shared_call_there_is_a_moment_in_which_more_steps_gather(
    redis: FakeRedis, spaced: Pipeline
) -> None:
    async with spaced:
        await asyncio.gather(*(spaced.ask(Verb.ACQUIRE, locks(name)) for name in "ab"))
        start = asyncio.get_running_loop().time()
        early = asyncio.ensure_future(spaced.ask(Verb.ACQUIRE, locks("c")))
        await asyncio.sleep(SPACING / 2)
        await asyncio.gather(early, spaced.ask(Verb.ACQUIRE, locks("d")))

        assert asyncio.get_running_loop().time() - start == pytest.approx(SPACING)
    assert redis.calls == ["ab", "cd"]


async def test_after_a_call_that_nobody_shared_the_next_one_does_not_wait(redis: FakeRedis, spaced: Pipeline) -> None:
    async with spaced:
        start = asyncio.get_running_loop().time()
        for name in "abc":
            await spaced.ask(Verb.ACQUIRE, locks(name))

        assert asyncio.get_running_loop().time() == start
    assert redis.calls == ["a", "b", "c"]
