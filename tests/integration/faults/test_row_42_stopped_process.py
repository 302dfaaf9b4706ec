"""Row 42: the daemon's process is stopped for longer than the visibility timeout while a message waits to be tried."""

import asyncio
import signal

import pytest

from sqsd_adapters.testing.raw_answers import Connection, respond
from sqsd_adapters.testing.raw_worker import RawWorker
from tests.support.command import command
from tests.support.stage import staged, within

pytestmark = pytest.mark.integration

VISIBILITY = 2.0  # seconds
BUSY = respond(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")


async def test_row_42_receiving_resumes_after_a_stop_in_the_middle_of_an_outage() -> None:
    up = asyncio.Event()

    async def answer(connection: Connection) -> None:
        await (respond() if up.is_set() else BUSY)(connection)

    async with staged(max_receive_count=10) as stage, RawWorker(answer) as worker:
        env = {
            **stage.env,
            "INVOKER_URL": worker.url,
            "VISIBILITY_TIMEOUT": f"{VISIBILITY:g}s",
            "BREAKER_COOLDOWN_MAX": "1s",
        }
        stage.send(["lone"])
        async with command(env=env) as daemon:
            await daemon.until("breaker open, receiving stops")
            await within(10, lambda: stage.queue.in_flight)  # held
            daemon.signal(signal.SIGSTOP)
            await asyncio.sleep(2 * VISIBILITY)
            up.set()
            daemon.signal(signal.SIGCONT)
            await within(20, lambda: stage.queue.is_empty)
            assert (await daemon.drained()).code == 0
        assert stage.queue.dead_letters == []
