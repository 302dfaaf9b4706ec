"""A real redis-server as a child process that a test can kill, freeze and restart."""

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest

START_TIMEOUT = 10.0  # it takes 25 ms on an idle machine


class RedisServer:
    """Listens on a free loopback port and keeps everything in memory: a restart is a restart empty."""

    def __init__(self, *, directory: Path, arguments: Sequence[str] = ()) -> None:
        self._directory = directory
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    async def start(self) -> None:
        """Start it on its port and wait until it answers."""
        self._process = await asyncio.create_subprocess_exec(
            _program(),
            *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._directory)),
            *("--save", "", "--appendonly", "no", "--logfile", "redis.log"),
            *self._arguments,
        )
        async with asyncio.timeout(START_TIMEOUT):
            await self._answers()

    async def kill(self) -> None:
        """End it with SIGKILL; also what is frozen."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def restart(self) -> None:
        """Kill it and start it again, empty, on the same port."""
        await self.kill()
        await self.start()

    def freeze(self) -> None:
        """Freeze it (SIGSTOP): connections stay open, and it does not answer."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "redis-server is not running"
        os.kill(self._process.pid, number)

    async def _answers(self) -> None:
        assert self._process is not None
        while self._process.returncode is None:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                return await self._ping()
            await asyncio.sleep(0.01)
        pytest.fail(f"redis-server ended at once: {self._log()}")

    async def _ping(self) -> None:
        # Connecting is not enough: it listens here before it has opened its unix socket.
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(b"PING\r\n")
            await reader.readuntil(b"\r\n")
        finally:
            writer.close()

    def _log(self) -> str:
        log = self._directory / "redis.log"
        return log.read_text()[-2_000:] if log.exists() else "it wrote no log"


@pytest.fixture
async def redis_server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    """Yield a redis-server of the test's own."""
    async with RedisServer(directory=tmp_path) as server:
        yield server


def _program() -> str:
    program = shutil.which("redis-server")
    if program is None:
        pytest.fail("redis-server is missing; install it with: apt-get install redis-server")
    return program


def as_cluster() -> tuple[str, ...]:
    """Arguments for a cluster; its port for the other nodes is not the usual one, which may be none."""
    return ("--cluster-enabled", "yes", "--cluster-port", str(free_port()))


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
