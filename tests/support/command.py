"""The ``sqsd`` command as a process: with its own environment, watched by its log, stopped by its id."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

TIMEOUT = 40.0  # seconds; one that starts four daemons takes four on free cores, and several times that on busy ones
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The exit code and the output of a command."""

    code: int
    stdout: str
    stderr: str


class Command:
    """A running command; its log is read as it comes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []

    async def until(self, *events: str) -> dict[str, Any]:
        """Read the log (in JSON) up to the first record of one of these events, and return that."""
        assert self.process.stdout is not None
        async with asyncio.timeout(TIMEOUT):
            while line := await self.process.stdout.readline():
                self.lines.append(line.decode())
                record: dict[str, Any] = json.loads(line)
                if record["event"] in events:
                    return record
        raise AssertionError(f"ended without {events}: {''.join(self.lines)}")

    def signal(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    async def ended(self) -> Ended:
        """Wait for the end, reading what is left."""
        async with asyncio.timeout(TIMEOUT):
            stdout, stderr = await self.process.communicate()
        assert self.process.returncode is not None
        return Ended(
            code=self.process.returncode,
            stdout="".join(self.lines) + (stdout or b"").decode(),
            stderr=(stderr or b"").decode(),
        )

    async def drained(self) -> Ended:
        self.signal()
        return await self.ended()


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition that another process fulfils; the time limit of the test applies."""
    while not condition():  # noqa: ASYNC110 - no event tells of it
        await asyncio.sleep(0.01)


@asynccontextmanager
async def command(
    *arguments: str, env: Mapping[str, str] | None = None, prefix: Sequence[str] = (), **options: Any
) -> AsyncIterator[Command]:
    """Start ``sqsd`` with nothing but ``env`` in its environment; killed if it has not ended by itself.

    ``prefix`` is a program that starts it, such as ``nohup``; ``options`` go to the process, for its streams.
    """
    streams = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE, **options}
    process = await asyncio.create_subprocess_exec(
        *prefix, sys.executable, "-m", "sqsd_adapters.cli", *arguments, env=_environment(env or {}), **streams
    )
    try:
        yield Command(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def run(*arguments: str, env: Mapping[str, str] | None = None) -> Ended:
    """Run ``sqsd`` to its end."""
    async with command(*arguments, env=env) as running:
        return await running.ended()


async def is_ready(port: int) -> bool:
    """Ask a daemon's probe whether it is ready."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return b" 200 " in await reader.readline()
    finally:
        writer.close()
        await writer.wait_closed()


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    # no instance profile is asked for credentials: that would take seconds
    return {"PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true", **given}
