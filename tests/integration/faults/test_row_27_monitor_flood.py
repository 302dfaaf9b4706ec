"""Row 27: a flood of calls on the monitor; tests/integration/monitor has slow readers and huge requests."""

import asyncio
from contextlib import suppress

import pytest

from sqsd_adapters.monitor.client import MonitorClient, MonitorUnavailable
from sqsd_adapters.monitor.grpc import CALLS_PER_SECOND
from tests.support.command import command
from tests.support.recording_worker import lasting
from tests.support.stage import Stage, numbered, within

pytestmark = pytest.mark.integration

CALLERS = 4
SECONDS = 3.0  # of flood


async def test_row_27_invocations_keep_their_pace(stage: Stage) -> None:
    stage.worker.job = lasting(0.02)
    async with command(env={**stage.env, "INVOKER_PARALLEL_COUNT": "8", "MONITORING_PORT": "0"}) as daemon:
        port = (await daemon.until("monitor listening"))["port"]
        flood = asyncio.gather(*(_calls_without_a_pause(port) for _ in range(CALLERS)))
        sent = stage.send(numbered(400))
        await within(SECONDS + 5, lambda: stage.queue.is_empty)  # alone they take a second
        answered = sum(await flood)
        assert (await daemon.drained()).code == 0
    assert sorted(stage.ledger.bodies) == sorted(sent)
    # Two seconds' worth of calls may come at once; beyond that each waits for its turn.
    assert 0 < answered <= CALLS_PER_SECOND * (SECONDS + 2) + CALLERS


async def _calls_without_a_pause(port: int) -> int:
    """Ask for ``SECONDS`` and count the answers."""
    answered = 0
    async with MonitorClient(address=f"127.0.0.1:{port}") as client:
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                while True:
                    with suppress(MonitorUnavailable):
                        await client.current_workings()
                        answered += 1
    return answered
