"""Row 46: the breaker opened, the worker came back, and no message is there to be the trial."""

import asyncio
from http import HTTPStatus

import pytest
from aiohttp import ClientSession

from tests.support.command import command
from tests.support.stage import Stage, within

pytestmark = pytest.mark.integration


async def ready(port: int) -> bool:
    """What an orchestrator sees of /readyz."""
    async with ClientSession() as client, client.get(f"http://127.0.0.1:{port}/readyz") as answer:
        return answer.status == HTTPStatus.OK


async def test_row_46_the_daemon_is_ready_once_its_worker_is_reached_though_nothing_is_there_to_try(
    stage: Stage, unused_tcp_port: int
) -> None:
    env = {
        **stage.env,
        "PROBE_PORT": str(unused_tcp_port),
        "BREAKER_COOLDOWN_MAX": "1s",
        "ERROR_VISIBILITY_TIMEOUT": "5s",
        "ERROR_VISIBILITY_TIMEOUT_MAX": "5s",
    }
    await stage.worker_proxy.refuse()
    stage.send(["lone"])
    async with command(env=env) as daemon:
        await daemon.until("breaker open, receiving stops")
        assert not await ready(unused_tcp_port)
        await within(10, lambda: stage.queue.visible)
        (taken,) = await stage.queue.receive(max_messages=1, wait=5.0, visibility=30.0)
        await stage.queue.delete([taken.receipt])
        await stage.worker_proxy.accept()
        async with asyncio.timeout(5):
            while not await ready(unused_tcp_port):  # noqa: ASYNC110 - another process answers
                await asyncio.sleep(0.05)
        assert (await daemon.drained()).code == 0
