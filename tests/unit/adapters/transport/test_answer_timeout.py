"""The one timer of all answers that are waited for, in virtual time."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from sqsd_adapters.testing.virtual_time import VirtualTimeLoop
from sqsd_adapters.transport.answer_timeout import AnswerTimeout
from sqsd_adapters.transport.connection import Result
from sqsd_adapters.transport.exchange import Answer, BadAnswer

OK = Answer(status=200, headers=[], body=b"")
LIMIT = 10.0


def in_virtual_time(test: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(test)


def make() -> AnswerTimeout:
    return AnswerTimeout(seconds=LIMIT, loop=asyncio.get_running_loop())


def future() -> asyncio.Future[Result]:
    return asyncio.get_running_loop().create_future()


def test_an_answer_in_time_is_handed_on() -> None:
    async def test() -> None:
        answer = future()
        asyncio.get_running_loop().call_later(LIMIT - 0.1, answer.set_result, OK)
        assert await make().wait(answer) is OK

    in_virtual_time(test())


def test_each_answer_has_its_whole_limit_and_no_more() -> None:
    async def wait(limit: AnswerTimeout, *, after: float) -> float:
        await asyncio.sleep(after)
        assert isinstance(await limit.wait(future()), BadAnswer)
        return asyncio.get_running_loop().time()

    async def test() -> None:
        timeout, delays = make(), (0.0, 3.0, 3.0, 25.0)
        ended = await asyncio.gather(*(wait(timeout, after=delay) for delay in delays))
        assert ended == [pytest.approx(delay + LIMIT) for delay in delays]

    in_virtual_time(test())


def test_an_answer_that_came_does_not_keep_the_others_waiting() -> None:
    async def test() -> None:
        timeout, first = make(), future()
        asyncio.get_running_loop().call_later(1.0, first.set_result, OK)
        waiting = asyncio.create_task(timeout.wait(future()))
        assert await timeout.wait(first) is OK
        await waiting
        assert asyncio.get_running_loop().time() == pytest.approx(LIMIT)

    in_virtual_time(test())


def test_a_cancelled_wait_is_forgotten() -> None:
    async def test() -> None:
        timeout, answer = make(), future()
        waiting = asyncio.create_task(timeout.wait(answer))
        await asyncio.sleep(1.0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.sleep(2 * LIMIT)
        assert answer.cancelled()

    in_virtual_time(test())


def test_closed_it_leaves_no_timer() -> None:
    async def test() -> None:
        timeout, answer = make(), future()
        waiting = asyncio.create_task(timeout.wait(answer))
        await asyncio.sleep(1.0)
        timeout.close()
        await asyncio.sleep(2 * LIMIT)
        assert not answer.done()
        waiting.cancel()

    in_virtual_time(test())
