"""Tests of minutes that end in milliseconds, with pytest and with unittest."""

import asyncio
import unittest

import pytest

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import ScriptedInvoker
from sqsd_adapters.testing.harness import work_off
from sqsd_adapters.testing.virtual_time import VirtualTimeLoop, in_virtual_time, run_in_virtual_time
from sqsd_core import DaemonOptions, Failed, Message, RetryLater, Succeeded

HOUR = 3_600.0


@in_virtual_time
async def test_a_retry_an_hour_later_takes_no_hour(embedded_queue: EmbeddedQueue) -> None:
    embedded_queue.send("order")
    job = ScriptedInvoker({"order": [RetryLater(HOUR), Succeeded()]})
    begin = asyncio.get_running_loop().time()

    board = await work_off(embedded_queue, job, within=2 * HOUR)

    assert board.outcomes == {"RetryLater": 1, "Succeeded": 1}
    assert HOUR <= asyncio.get_running_loop().time() - begin < HOUR + 60


def test_what_was_sent_before_the_loop_began_is_visible_in_it(embedded_queue: EmbeddedQueue) -> None:
    embedded_queue.send("order")
    board = run_in_virtual_time(work_off(embedded_queue, ScriptedInvoker()))
    assert board.outcomes == {"Succeeded": 1}


@in_virtual_time
async def test_what_the_queue_holds_is_told_when_the_time_is_over() -> None:
    queue = EmbeddedQueue(name="orders")
    queue.send("order")
    with pytest.raises(TimeoutError, match=r"messages are left after 90 s: <EmbeddedQueue orders: 0 visible, 1 in"):
        await work_off(queue, ScriptedInvoker({"order": [RetryLater(HOUR)]}), within=90.0)


@in_virtual_time
async def test_back_off_is_that_of_the_daemon_with_options_of_ones_own() -> None:
    queue = EmbeddedQueue(max_receive_count=4)
    queue.send("order")
    begin = asyncio.get_running_loop().time()
    await work_off(queue, ScriptedInvoker({"order": [Failed("no")]}), options=DaemonOptions(), within=HOUR)
    assert queue.dead_letters == ["order"]
    assert asyncio.get_running_loop().time() - begin > 2.0 + 2.0 + 2.0


def test_a_decorated_test_takes_arguments_and_returns_its_value() -> None:
    @in_virtual_time
    async def double(number: int, *, plus: int) -> int:
        await asyncio.sleep(HOUR)
        return 2 * number + plus

    assert double(2, plus=1) == 5
    assert not asyncio.iscoroutinefunction(double)


def test_time_is_real_while_something_runs_that_the_loop_cannot_see() -> None:
    async def time_out() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        with loop.in_real_time():
            begin = clock.monotonic()
            await asyncio.sleep(0.001)
            return clock.monotonic() - begin

    clock = SystemClock()
    assert run_in_virtual_time(time_out()) >= 0.001


class PlainUnittest(unittest.TestCase):
    """unittest knows nothing of pytest's fixtures and needs none."""

    def setUp(self) -> None:
        self.queue = EmbeddedQueue(max_receive_count=2)

    @in_virtual_time
    async def test_a_decorated_test_is_run(self) -> None:
        self.queue.send("order")
        await work_off(self.queue, ScriptedInvoker({"order": [Failed("no")]}))
        self.assertEqual(self.queue.dead_letters, ["order"])  # noqa: PT009 - as unittest writes it


class AsyncUnittest(unittest.IsolatedAsyncioTestCase):
    async def test_a_test_of_an_async_case_runs_in_real_time(self) -> None:
        queue, seen = EmbeddedQueue(), []
        queue.send("order")

        async def job(message: Message) -> None:
            seen.append(message.body)

        await work_off(queue, job)
        self.assertEqual(seen, ["order"])  # noqa: PT009 - as above
        self.assertTrue(queue.is_empty)  # noqa: PT009 - as above
