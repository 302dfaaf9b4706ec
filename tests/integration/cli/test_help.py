"""What ``sqsd`` says about itself, however it is asked."""

import asyncio
import sys

import pytest

from sqsd_core.version import __version__
from tests.support.command import run

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("arguments", [["--help"], ["help"], ["send", "--help"], ["dlq", "--help"]])
async def test_a_flag_is_shown_without_a_type(arguments: list[str]) -> None:
    ended = await run(*arguments)
    assert ended.code == 0
    assert "<bool>" not in ended.stdout


async def test_the_commands_stand_in_groups() -> None:
    shown = (await run("--help")).stdout
    places = [
        shown.index(text) for text in ("Run ─", " run ", "Before you start", "A running daemon", "dead letters ─")
    ]
    assert places == sorted(places)


async def test_help_of_a_command_is_that_commands_help() -> None:
    assert "Usage: sqsd dlq peek" in (await run("help", "dlq", "peek")).stdout


async def test_the_package_runs_as_a_module() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sqsd_adapters", "-V", stdout=asyncio.subprocess.PIPE
    )
    stdout, _ = await process.communicate()
    assert stdout.decode() == f"sqsd {__version__}\n"
