"""Row 32: something accepts the connections of a dead worker, and ends each before an answer begins."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from sqsd_adapters.testing.raw_answers import Answer, Connection, respond, respond_and_close, respond_and_reset
from sqsd_adapters.testing.raw_worker import RawWorker
from tests.support.command import command
from tests.support.stage import numbered, staged, within

pytestmark = pytest.mark.integration

OUTAGE = 6.0  # seconds; without back-off the receives of 30 messages would be used up in one
ENDS = {"close": respond_and_close(b""), "reset": respond_and_reset()}


class Switched:
    """Answers as it is told last."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    async def __call__(self, connection: Connection) -> None:
        await self.answer(connection)


@asynccontextmanager
async def dropping(end: Answer) -> AsyncIterator[tuple[RawWorker, Callable[[], None]]]:
    """A worker that ends every connection until it is told to recover."""
    switched = Switched(end)

    def recover() -> None:
        switched.answer = respond()

    async with RawWorker(switched) as worker:
        yield worker, recover


@pytest.mark.parametrize("client", ["http11", "httpx"])
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("count", [1, 30])
async def test_row_32_a_worker_that_ends_every_connection_costs_no_message_its_life(
    client: str, end: str, count: int
) -> None:
    async with staged(max_receive_count=3) as stage, dropping(ENDS[end]) as (worker, recover):
        env = {
            **stage.env,
            "INVOKER_URL": worker.url,
            "INVOKER_CLIENT": client,
            "INVOKER_PARALLEL_COUNT": "4",
            "BREAKER_COOLDOWN_MAX": "2s",
        }
        stage.send(numbered(count))
        async with command(env=env) as daemon:
            await daemon.until("breaker open, receiving stops")
            await asyncio.sleep(OUTAGE)
            assert stage.queue.dead_letters == []
            recover()
            await within(20, lambda: stage.queue.is_empty)
            assert (await daemon.drained()).code == 0
        assert stage.queue.dead_letters == []


async def test_row_32_a_message_that_ends_its_connection_each_time_becomes_a_dead_letter_and_stops_no_other() -> None:
    async def poisoned(connection: Connection) -> None:
        if b"poison" in worker.requests[-1]:
            connection.reset()
        else:
            await respond()(connection)

    async with staged(max_receive_count=3) as stage, RawWorker(poisoned) as worker:
        stage.send(["poison", *numbered(20)])
        async with command(env={**stage.env, "INVOKER_URL": worker.url}) as daemon:
            await within(20, lambda: stage.queue.is_empty)
            assert stage.queue.dead_letters == ["poison"]
            stage.send(["after"])
            await within(20, lambda: stage.queue.is_empty)
            assert (await daemon.drained()).code == 0
        assert stage.queue.dead_letters == ["poison"]
