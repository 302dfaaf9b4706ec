"""A loop that was blocked is no outage of Redis: what has arrived meanwhile is read before a time-out is judged."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from sqsd_adapters.lock_store.pipeline import Pipeline
from sqsd_adapters.lock_store.redis.link import RedisLink
from sqsd_adapters.lock_store.steps import Step, Verb
from sqsd_adapters.lock_store.time_limit import GRACE
from sqsd_adapters.testing.virtual_time import VirtualTimeLoop
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Lock

TIMEOUT = 0.5
BLOCKED = 0.6
LOCKS = [Lock(MessageId("a"), "x")]
STEPS = [Step(Verb.ACQUIRE, LOCKS, 5)]


class Answering(RedisLink):
    """Reads its answer from a future instead of a connection."""

    def __init__(self) -> None:
        super().__init__(url="redis://localhost", prefix="p:")
        self.answer: asyncio.Future[str] = loop().create_future()

    async def _call(self, steps: Sequence[Step]) -> str:
        del steps
        return await self.answer


def loop() -> VirtualTimeLoop:
    running = asyncio.get_running_loop()
    assert isinstance(running, VirtualTimeLoop)
    return running


async def time_until_unavailable(link: RedisLink) -> float:
    start = loop().time()
    with pytest.raises(LockStoreUnavailable):
        await link.call(STEPS, deadline=start + TIMEOUT)
    return loop().time() - start


async def test_an_answer_that_came_while_the_loop_was_blocked_counts() -> None:
    link = Answering()
    loop().call_later(0.05, loop().block, BLOCKED)
    loop().call_later(0.1, link.answer.set_result, "A")

    assert await link.call(STEPS, deadline=loop().time() + TIMEOUT) == "A"


@pytest.mark.parametrize("turns", [1, 2, 5])
async def test_it_counts_though_its_bytes_are_read_some_turns_after_the_block(turns: int) -> None:
    # As with uvloop, which runs timers first and reads afterwards.
    link = Answering()

    def block() -> None:
        loop().block(BLOCKED)
        _after(turns, lambda: link.answer.set_result("A"))

    loop().call_later(0.05, block)

    assert await link.call(STEPS, deadline=loop().time() + TIMEOUT) == "A"


async def test_a_call_whose_time_went_by_before_it_began_gets_some() -> None:
    link = Answering()
    async with Pipeline(link=link, timeout=TIMEOUT, pause=1.0) as pipeline:
        asking = asyncio.ensure_future(pipeline.ask(Verb.ACQUIRE, LOCKS, 1.0))
        _after(1, lambda: loop().block(BLOCKED))
        loop().call_later(BLOCKED + GRACE / 2, link.answer.set_result, "A")

        assert await asking == "A"


async def test_without_an_answer_a_blocked_loop_delays_the_time_out_by_a_moment_only() -> None:
    link = Answering()
    loop().call_later(0.05, loop().block, BLOCKED)

    assert await time_until_unavailable(link) == pytest.approx(0.05 + BLOCKED + GRACE)


async def test_a_loop_that_is_not_blocked_judges_on_time() -> None:
    assert await time_until_unavailable(Answering()) == pytest.approx(TIMEOUT)


async def test_a_cancellation_is_no_time_out() -> None:
    calling = asyncio.ensure_future(Answering().call(STEPS, deadline=loop().time() + TIMEOUT))
    await asyncio.sleep(0.1)
    calling.cancel()

    with pytest.raises(asyncio.CancelledError):
        await calling


def _after(turns: int, do: Callable[[], object]) -> None:
    """Do something so many turns of the loop from now."""
    if turns:
        loop().call_soon(_after, turns - 1, do)
    else:
        do()
