"""A process of the demo: reads its lines as they come, and stops it by its id."""

import asyncio
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

START = 20.0  # seconds within which a process must print its first line
END = 10.0  # seconds from SIGTERM to SIGKILL
TAIL = 20  # last lines kept, to explain a failure


class Child:
    """Runs a command while it is open."""

    def __init__(
        self, *, command: Sequence[str | Path], environment: dict[str, str], on_line: Callable[[str], None]
    ) -> None:
        self._command = command
        self._environment = environment
        self._on_line = on_line
        #: its last lines
        self.tail: deque[str] = deque(maxlen=TAIL)

    async def __aenter__(self) -> Self:
        self._process = await self._start()
        self._reader = asyncio.create_task(self._read(), name=f"lines of {self.pid}")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> bool:
        return self._reader.done()

    async def first_line(self) -> str:
        """The first line; TimeoutError if there is none."""
        async with asyncio.timeout(START):
            while not self.tail:
                if self.ended:
                    raise TimeoutError
                await asyncio.sleep(0.02)
        return self.tail[0]

    async def end(self) -> int:
        """Send SIGTERM, and SIGKILL if that is not enough; returns the exit code."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(END):
                return await self._ended()
        except TimeoutError:
            self._process.kill()
            return await self._ended()

    async def _start(self) -> Process:
        # A new session, so that Ctrl-C reaches only the demo, which then stops its processes in order.
        return await asyncio.create_subprocess_exec(
            *self._command,
            env=self._environment,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            start_new_session=True,
        )

    async def _ended(self) -> int:
        code = await self._process.wait()
        await self._reader
        return code

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for raw in self._process.stdout:
            line = raw.decode().rstrip()
            self.tail.append(line)
            self._on_line(line)
