"""Short polls of an empty queue (FETCHER_WAIT_TIME=0): few, and quick again when a message came."""

import asyncio

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core.flow.options import DaemonOptions
from tests.support.troubled_queue import TroubledQueue


@pytest.mark.parametrize("receivers", [1, 4])
async def test_an_empty_queue_gets_one_a_second(receivers: int) -> None:
    queue = TroubledQueue(EmbeddedQueue(clock=LoopClock()))
    options = DaemonOptions(slots=8, receivers=receivers, wait_time=0.0)

    async with running(make_daemon(queue=queue, invoker=ScriptedInvoker(), options=options)):
        await asyncio.sleep(10.0)
        queue.calls.clear()
        await asyncio.sleep(60.0)

    assert 59 <= queue.calls["receive"] <= 61


@pytest.mark.parametrize("receivers", [1, 4])
async def test_after_a_message_the_next_one_is_met_within_a_tenth_of_a_second(receivers: int) -> None:
    queue = EmbeddedQueue(clock=LoopClock())
    invoker = ScriptedInvoker()
    options = DaemonOptions(slots=8, receivers=receivers, wait_time=0.0)

    async with running(make_daemon(queue=queue, invoker=invoker, options=options)):
        await asyncio.sleep(60.0)
        queue.send("first")
        await until(lambda: len(invoker.finished) == 1, within=1.01)
        queue.send("second")
        await until(lambda: len(invoker.finished) == 2, within=0.11)
