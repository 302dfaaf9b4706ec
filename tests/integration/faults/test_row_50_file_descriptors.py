"""Row 50: the settings need more file descriptors than the process may open."""

from pathlib import Path

import pytest

from tests.support.command import Command, command
from tests.support.stage import Stage

pytestmark = pytest.mark.integration

SLOTS = "500"


def limited(option: str) -> tuple[str, ...]:
    """Start a program with 256 file descriptors; ``-S`` is the soft limit alone."""
    return ("sh", "-c", f'ulimit {option} 256; exec "$@"', "sh")


async def test_row_50_a_hard_limit_that_is_too_low_is_named_at_start_with_what_is_needed(stage: Stage) -> None:
    async with command(env={**stage.env, "INVOKER_PARALLEL_COUNT": SLOTS}, prefix=limited("-n")) as daemon:
        warning = await daemon.until("the limit of open files is too low")
        assert (await daemon.drained()).code == 0
    assert warning["level"] == "warning"
    assert warning["limit"] == "256"
    assert int(warning["needed"]) > int(SLOTS)
    assert "LimitNOFILE=" in warning["reason"]


async def test_row_50_a_soft_limit_that_is_too_low_is_raised(stage: Stage) -> None:
    async with command(env={**stage.env, "INVOKER_PARALLEL_COUNT": SLOTS}, prefix=limited("-S -n")) as daemon:
        await daemon.until("starting")
        soft = _soft_limit(daemon)
        ended = await daemon.drained()
    assert soft > int(SLOTS)
    assert (ended.code, "the limit of open files is too low" in ended.stdout) == (0, False)


async def test_row_50_a_soft_limit_that_is_enough_is_left_alone(stage: Stage) -> None:
    async with command(env=stage.env, prefix=limited("-S -n")) as daemon:
        await daemon.until("starting")
        assert _soft_limit(daemon) == 256
        await daemon.drained()


def _soft_limit(daemon: Command) -> int:
    text = Path(f"/proc/{daemon.process.pid}/limits").read_text()
    return int(next(line.split()[3] for line in text.splitlines() if line.startswith("Max open files")))
