"""``sqsd pause`` and ``sqsd resume`` against a real daemon."""

import pytest

from tests.integration.cli.conftest import House
from tests.support.command import command, run

pytestmark = pytest.mark.integration


async def test_a_pause_by_command_stops_receiving_and_resume_goes_on(house: House, free_port: int) -> None:
    monitoring = {"MONITORING_PORT": str(free_port)}
    async with command("run", env={**house.env, **monitoring}) as daemon:
        await daemon.until("receiving")
        paused = await run("pause", "--for", "10m", env=monitoring)
        house.queue.send("a")
        resumed = await run("resume", env=monitoring)
        await house.empty()
        await daemon.drained()

    assert (paused.code, paused.stdout.startswith("paused until ")) == (0, True)
    assert (resumed.code, resumed.stdout) == (0, "no queue is paused\n")


async def test_a_pause_without_a_daemon_says_that_none_listens() -> None:
    ended = await run("pause", "--address", "127.0.0.1:1")

    assert ended.code == 1
    assert "no daemon listens at 127.0.0.1:1" in ended.stderr
