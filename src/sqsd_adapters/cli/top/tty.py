"""The terminal: its keys one by one, a screen of its own, and everything as before at the end."""

import os
import sys
import termios
import tty
from contextlib import suppress
from typing import Any, Self, TextIO

from rich.console import Console, RenderableType

# xterm's alternate screen and cursor, as every terminal emulator of today has them
_ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J"
_LEAVE = "\x1b[?25h\x1b[?1049l"
_HOME = "\x1b[H"


class Terminal:
    """Standard input and output, while they are a terminal; enter it again after ``leave``."""

    def __init__(self, *, stdin: TextIO = sys.stdin, stdout: TextIO = sys.stdout) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self._saved: Any = None  # what termios gave
        self.console = Console(file=stdout, highlight=False)

    @property
    def usable(self) -> bool:
        """Whether keys can be read, and a cursor be moved."""
        return self._stdin.isatty() and self._stdout.isatty() and not self.console.is_dumb_terminal

    @property
    def fileno(self) -> int:
        return self._stdin.fileno()

    def __enter__(self) -> Self:
        self.enter()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def enter(self) -> None:
        self._saved = termios.tcgetattr(self.fileno)
        tty.setcbreak(self.fileno)
        self._write(_ENTER)

    def leave(self) -> None:
        """Restore everything; again, it does nothing. A terminal that is gone is no error."""
        saved, self._saved = self._saved, None
        if saved is None:
            return
        with suppress(OSError, termios.error):
            self._write(_LEAVE)
        with suppress(OSError, termios.error):
            termios.tcsetattr(self.fileno, termios.TCSAFLUSH, saved)

    def read(self) -> bytes:
        """The bytes that are there; none: the terminal is gone."""
        try:
            return os.read(self.fileno, 1_024)
        except BlockingIOError:
            return b"\0"  # no key
        except OSError:
            return b""

    def draw(self, frame: RenderableType) -> None:
        with self.console.capture() as drawn:
            self.console.print(frame, end="")
        with suppress(OSError):  # a terminal that is gone has no more keys, which ends the command
            self._write(_HOME + drawn.get())

    def _write(self, text: str) -> None:
        self._stdout.write(text)
        self._stdout.flush()
