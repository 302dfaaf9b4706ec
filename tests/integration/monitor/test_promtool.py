"""Prometheus' own tool finds nothing to say about the metrics of a running daemon."""

import asyncio
import subprocess

import aiohttp
import pytest

from tests.support.command import command
from tests.support.stage import Stage, numbered, staged, within

pytestmark = pytest.mark.integration


async def scraped(stage: Stage, port: int) -> str:
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
        session.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        assert answer.status == 200
        return await answer.text()


async def test_promtool_accepts_the_metrics_of_a_daemon_that_worked() -> None:
    async with staged() as stage:
        stage.send(numbered(50))
        async with command(env={**stage.env, "PROBE_PORT": "0"}) as daemon:
            port = (await daemon.until("probes listening"))["port"]
            await within(20, lambda: stage.queue.is_empty)
            text = await scraped(stage, port)
            checked = await asyncio.to_thread(
                subprocess.run, ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=30
            )
            assert (await daemon.drained()).code == 0

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    assert 'sqsd_invocation_duration_seconds_count{outcome="succeeded",queue="jobs"} 50.0' in text
    assert 'sqsd_message_wait_seconds_count{queue="jobs"} 50.0' in text
