"""Status, pause and resume over gRPC, of a daemon whose figures and reasons the test knows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor.client import MonitorClient
from sqsd_adapters.monitor.grpc import GrpcMonitor
from sqsd_core.policy.admission import Reason
from tests.support.monitor import WatchedDaemon, task

pytestmark = pytest.mark.integration


@asynccontextmanager
async def asking(daemon: WatchedDaemon, *, host: str = "127.0.0.1") -> AsyncIterator[MonitorClient]:
    async with (
        GrpcMonitor(monitor=daemon, host=host, port=0) as monitor,
        MonitorClient(address=f"127.0.0.1:{monitor.port}") as client,
    ):
        yield client


async def test_a_status_has_the_reasons_and_so_many_tasks_without_receipts() -> None:
    daemon = WatchedDaemon(task("a"), task("b"))
    daemon.close(Reason.PAUSED, why="until noon")
    async with asking(daemon) as client:
        status = await client.status(tasks=1)

    (reason,) = status.reasons
    assert (reason.reason, reason.why, reason.healthy) == ("paused", "until noon", True)
    assert (status.tasks_in_flight, [(one.id, one.receipt) for one in status.tasks]) == (2, [("a", "")])
    assert (status.ready, status.instance, status.workers[0].slots) == (True, "test", 1)


async def test_a_stream_of_statuses_goes_on_until_the_client_ends_it() -> None:
    seen = 0
    async with asking(WatchedDaemon()) as client, asyncio.timeout(10.0):
        async for _ in client.watch(interval=0.0):
            seen += 1
            if seen == 2:
                break

    assert seen == 2


async def test_pause_and_resume_reach_the_daemon_with_the_queue_and_the_seconds() -> None:
    daemon = WatchedDaemon()
    async with asking(daemon) as client:
        await client.pause(queue="orders", seconds=600.0)
        await client.resume()
        with pytest.raises(ConfigurationError, match="for: expected more than 0"):
            await client.pause(seconds=0.0)

    assert daemon.asked == [("pause", "orders", 600.0), ("resume", None, None)]


async def test_beyond_loopback_nobody_pauses_without_authentication() -> None:
    daemon = WatchedDaemon()
    async with asking(daemon, host="0.0.0.0") as client:
        with pytest.raises(ConfigurationError, match="set MONITORING_TOKEN"):
            await client.pause()

    assert daemon.asked == []
