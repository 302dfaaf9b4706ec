"""Row 49: every request is answered with 503 and Retry-After, as a maintenance page does."""

import asyncio

import pytest

from sqsd_adapters.testing.raw_answers import Connection, respond
from sqsd_adapters.testing.raw_worker import RawWorker
from tests.support.command import command
from tests.support.stage import numbered, staged, within

pytestmark = pytest.mark.integration

ASKED = 2  # seconds
OUTAGE = 8.0  # seconds
PAGE = respond(f"HTTP/1.1 503 Service Unavailable\r\nRetry-After: {ASKED}\r\nContent-Length: 0\r\n\r\n".encode())


@pytest.mark.parametrize("client", ["http11", "httpx"])
async def test_row_49_a_maintenance_page_opens_the_breaker_and_spares_the_backlog(client: str) -> None:
    up = asyncio.Event()

    async def answer(connection: Connection) -> None:
        await (respond() if up.is_set() else PAGE)(connection)

    async with staged(max_receive_count=3) as stage, RawWorker(answer) as worker:
        env = {**stage.env, "INVOKER_URL": worker.url, "INVOKER_CLIENT": client, "INVOKER_PARALLEL_COUNT": "4"}
        stage.send(numbered(30))
        begun = asyncio.get_running_loop().time()
        async with command(env=env) as daemon:
            opened = await daemon.until("breaker open, receiving stops")
            assert opened["probe_in"] >= ASKED
            await asyncio.sleep(OUTAGE)
            trials = (asyncio.get_running_loop().time() - begun) / ASKED
            assert len(worker.requests) <= 5 + 3 + trials  # those beside the fifth failure were under way
            up.set()
            await within(25, lambda: stage.queue.is_empty)
            assert (await daemon.drained()).code == 0
        assert stage.queue.dead_letters == []
