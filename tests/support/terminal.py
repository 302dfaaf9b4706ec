"""A command at a terminal of its own: keys go in, screens come out."""

import asyncio
import fcntl
import os
import re
import struct
import termios
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from tests.support.command import TIMEOUT, Command, command

HOME = "\x1b[H"
ESCAPES = re.compile(r"\x1b[\[(][0-9;?]*[A-Za-z]")


class Seat:
    """Who sits at the terminal."""

    def __init__(self, running: Command, *, keyboard: int, line: int) -> None:
        self.running = running
        self._keyboard = keyboard
        self._line = line
        self._before = termios.tcgetattr(line)
        #: everything that was written to the terminal
        self.output = ""

    def press(self, *keys: str) -> None:
        for key in keys:
            os.write(self._keyboard, key.encode())

    def resize(self, *, columns: int, rows: int) -> None:
        _resize(self._line, columns=columns, rows=rows)

    async def until(self, *texts: str) -> str:
        """Wait for a screen that shows these."""
        try:
            async with asyncio.timeout(TIMEOUT):
                while not all(text in self._screen() for text in texts):
                    await self._read()
        except TimeoutError:
            raise AssertionError(f"none of the screens showed {texts}, the last one is:\n{self._screen()}") from None
        return self._screen()

    async def until_restored(self) -> None:
        """Wait until the terminal is as it was."""
        async with asyncio.timeout(TIMEOUT):
            while not self.restored:
                await self._read()

    async def until_taken(self) -> None:
        """Wait until the terminal has the screen of the command."""
        async with asyncio.timeout(TIMEOUT):
            while self.restored:
                await self._read()

    async def ended(self) -> int:
        """Wait for the end; returns the exit code."""
        async with asyncio.timeout(TIMEOUT):
            code = await self.running.process.wait()
            await self._read()
        return code

    @property
    def restored(self) -> bool:
        """Whether the terminal is as it was: its own screen, its cursor, its modes."""
        left, shown = self.output.rfind("\x1b[?1049l"), self.output.rfind("\x1b[?25h")
        return (
            left > self.output.rfind("\x1b[?1049h")
            and shown > self.output.rfind("\x1b[?25l")
            and termios.tcgetattr(self._line) == self._before
        )

    def _screen(self) -> str:
        *_, before, last = ("", "", *self.output.split(HOME))
        return ESCAPES.sub("", before + last)

    async def _read(self) -> None:
        with suppress(BlockingIOError):
            self.output += os.read(self._keyboard, 1 << 16).decode(errors="replace")
            return
        await asyncio.sleep(0.02)


@asynccontextmanager
async def seat(*arguments: str, env: Mapping[str, str], columns: int = 100, rows: int = 30) -> AsyncIterator[Seat]:
    """Run ``sqsd`` at a terminal."""
    keyboard, line = os.openpty()
    os.set_blocking(keyboard, False)
    _resize(line, columns=columns, rows=rows)
    streams: dict[str, Any] = {"stdin": line, "stdout": line, "stderr": line, "preexec_fn": _take_the_terminal}
    try:
        async with command(*arguments, env={"TERM": "xterm-256color", "TZ": "UTC", **env}, **streams) as running:
            yield Seat(running, keyboard=keyboard, line=line)
    finally:
        os.close(keyboard)
        os.close(line)


def _resize(line: int, *, columns: int, rows: int) -> None:
    fcntl.ioctl(line, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _take_the_terminal() -> None:
    """Make standard input the controlling terminal, so that Ctrl-C is a signal."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
