"""``sqsd top`` at a real terminal, against a real daemon, with keys that are pressed."""

import json
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sqsd_adapters.testing.raw_answers import respond
from sqsd_adapters.testing.raw_worker import RawWorker
from tests.integration.cli.conftest import House
from tests.support.command import command, run
from tests.support.terminal import Seat, seat

pytestmark = pytest.mark.integration

DOWN, ENTER, ESCAPE, CTRL_C, CTRL_Z = "\x1b[B", "\r", "\x1b", "\x03", "\x1a"
COLOURS = re.compile(r"\x1b\[(?:\d+;)*(?:3|4|9|10)[0-7]")


@pytest.fixture
async def env(house: House, free_port: int) -> AsyncIterator[dict[str, str]]:
    """A daemon's, whose jobs all fail."""
    async with RawWorker(respond(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")) as worker:
        yield {**house.env, "INVOKER_URL": worker.url, "MONITORING_PORT": str(free_port)}


@asynccontextmanager
async def watched(env: dict[str, str], *arguments: str) -> AsyncIterator[Seat]:
    monitoring = {name: value for name, value in env.items() if name in {"MONITORING_PORT", "NO_COLOR"}}
    async with seat("top", *arguments, env=monitoring) as watcher:
        yield watcher
        assert watcher.restored


async def test_a_day_at_the_screen(house: House, env: dict[str, str]) -> None:
    message_id = house.queue.send("a")
    async with watched(env) as top:
        await top.until("✖ no answer", "no daemon listens")
        async with command(env=env) as daemon:
            await top.until("● receiving", "status 500", "closed")
            top.press("p", "y")
            await top.until("▲ paused", "→ sqsd resume")
            top.press("p")
            await top.until("● receiving")
            top.press(DOWN, ENTER)
            await top.until(message_id, "esc back")
            top.press(ENTER)
            await top.until(f"message {message_id}", "received (1)")
            top.press(ESCAPE)
            await top.until("⏎ open", "esc back")
            top.press(ESCAPE)
            await top.until("Queues")
            top.press("/", "nothing", ENTER)
            await top.until("filter: nothing")
            await daemon.drained()
        await top.until("✖ no answer for")
        async with command(env=env) as daemon:
            await top.until("● receiving")
            top.press("q")
            assert await top.ended() == 0
            await daemon.drained()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
async def test_a_signal_leaves_the_terminal_as_it_was(env: dict[str, str], number: signal.Signals) -> None:
    async with watched(env) as top:
        await top.until("no daemon listens")
        top.running.signal(number)
        assert await top.ended() == 128 + number


async def test_ctrl_c_leaves_the_terminal_as_it_was(env: dict[str, str]) -> None:
    async with watched(env, "--address", "127.0.0.1:1", "--address", "127.0.0.1:2") as top:
        await top.until("2 ✖ no answer")
        top.press(CTRL_C)
        assert await top.ended() == 130


async def test_a_stopped_screen_leaves_the_terminal_to_the_shell_and_comes_back(env: dict[str, str]) -> None:
    async with watched(env) as top:
        await top.until("no daemon listens")
        top.press(CTRL_Z)
        await top.until_restored()
        top.running.signal(signal.SIGCONT)
        await top.until_taken()
        top.press("q")
        assert await top.ended() == 0


async def test_without_colours_and_in_another_size_it_shows_the_same(env: dict[str, str]) -> None:
    async with watched({**env, "NO_COLOR": "1"}) as top:
        await top.until("no daemon listens", "q quit")
        top.resize(columns=40, rows=12)
        await top.until("p pause  …")
        top.press("q")
        assert await top.ended() == 0

    assert not COLOURS.search(top.output)
    assert "\x1b[1m" in top.output


async def test_without_a_terminal_it_says_what_to_use_instead(env: dict[str, str]) -> None:
    ended = await run("top", env=env)
    assert (ended.code, ended.stdout) == (2, "")
    assert "needs a terminal: use --once for a picture, or --json" in ended.stderr


async def test_one_picture_and_json_lines_need_no_terminal(env: dict[str, str]) -> None:
    async with command(env=env) as daemon:
        await daemon.until("receiving")
        once = await run("top", "--once", env=env)
        async with command("top", "--json", env=env) as lines:
            assert lines.process.stdout is not None
            status = json.loads(await lines.process.stdout.readline())
            lines.signal()
            await lines.ended()
        await daemon.drained()

    assert (once.code, "● receiving" in once.stdout) == (0, True)
    assert status["queues"][0]["sqs_name"] == "jobs"
