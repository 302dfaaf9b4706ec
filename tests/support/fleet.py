"""Daemons that are started again whenever they end, until the fleet is told to stop."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Self

from tests.support.command import Command, command
from tests.support.stage import named


class Fleet:
    """``size`` daemons; each writes its log to ``directory``."""

    def __init__(self, *, size: int, env: Mapping[str, str], directory: Path) -> None:
        self._env = env
        self._names = [f"daemon-{number}" for number in range(size)]
        self._directory = directory
        self._running: dict[str, Command] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._stopping = False
        #: how often a daemon ended with which code
        self.codes: Counter[int] = Counter()

    async def __aenter__(self) -> Self:
        self._keepers = [asyncio.create_task(self._keep(name), name=name) for name in self._names]
        return self

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        ends = await asyncio.gather(*self._keepers, return_exceptions=True)
        failures = [end for end in ends if isinstance(end, Exception)]
        if failures and error is None:
            raise ExceptionGroup("keepers of the fleet", failures)

    @property
    def log(self) -> str:
        return "".join(path.read_text() for path in sorted(self._directory.glob("*.log")))

    @property
    def complaints(self) -> str:
        """What the daemons wrote to stderr."""
        return "".join(path.read_text() for path in sorted(self._directory.glob("*.err")))

    def pick(self, random: Random) -> Command | None:
        """One of those that run."""
        return random.choice([*self._running.values()]) if self._running else None

    async def drained(self) -> None:
        """Ask all to stop and wait until they have."""
        self._stopping = True
        for daemon in self._running.values():
            send(daemon, signal.SIGTERM)
        await asyncio.gather(*self._keepers)

    async def _keep(self, name: str) -> None:
        log, errors = (self._directory / f"{name}{suffix}" for suffix in (".log", ".err"))
        with log.open("ab") as stdout, errors.open("ab") as stderr:
            while not self._stopping:
                async with command(env={**self._env, **named(name)}, stdout=stdout, stderr=stderr) as daemon:
                    self._running[name] = daemon
                    self.codes[await daemon.process.wait()] += 1
                    del self._running[name]


def send(daemon: Command, number: int) -> None:
    """Send a signal, unless the daemon has ended in this moment."""
    # Popen.send_signal would look first, and could take the exit code away from asyncio.
    if daemon.process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(daemon.process.pid, number)
