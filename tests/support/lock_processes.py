"""Processes that use one lock store, and what they said about it."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from tests.support import lock_holder

MESSAGES = 40
LEASE = 3.0  # seconds
SECONDS = 2.5  # that the processes work
START = 20.0  # seconds that a process may take to start on a busy machine


class Run(NamedTuple):
    begin: float
    end: float | None


@asynccontextmanager
async def python(*arguments: object) -> AsyncIterator[Process]:
    """A child process that has said ``ready``; it is killed at the end."""
    child = await asyncio.create_subprocess_exec(sys.executable, *map(str, arguments), stdin=PIPE, stdout=PIPE)
    try:
        assert child.stdout is not None
        async with asyncio.timeout(START):
            assert (await child.stdout.readline()).strip() == b"ready"
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


def begin(child: Process) -> None:
    assert child.stdin is not None
    child.stdin.write(b"\n")


def holder(kind: str, place: object) -> list[object]:
    """The arguments of a process that uses the store; see ``lock_holder``."""
    return ["-m", lock_holder.__name__, kind, place, SECONDS, MESSAGES, LEASE]


async def events(child: Process) -> list[tuple[str, str, float]]:
    assert child.stdout is not None
    lines = (await child.stdout.read()).decode().splitlines(keepends=True)
    words = [line.split() for line in lines if line.endswith("\n")]
    return [(event, message, float(instant)) for event, message, instant, *_ in words]


def runs_of(said: list[tuple[str, str, float]]) -> dict[str, list[Run]]:
    """What one process said about each message; a run without an end was cut off."""
    runs: dict[str, list[Run]] = {}
    for event, message, instant in said:
        if event == "begin":
            runs.setdefault(message, []).append(Run(instant, None))
        elif event == "end":
            runs[message][-1] = Run(runs[message][-1].begin, instant)
    return runs
