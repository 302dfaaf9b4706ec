"""The terminal while a screen is on it."""

import os
import termios
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

import pytest

from sqsd_adapters.cli.top.tty import Terminal

END = "END"


@dataclass(frozen=True, kw_only=True)
class Line:
    """Both ends of a terminal."""

    screen: int
    stdin: TextIO
    stdout: TextIO

    @property
    def terminal(self) -> Terminal:
        return Terminal(stdin=self.stdin, stdout=self.stdout)

    @property
    def modes(self) -> object:
        return termios.tcgetattr(self.stdin.fileno())

    def written(self) -> str:
        """All that was written since the last look; the kernel may hand it over in parts."""
        self.stdout.write(END)
        self.stdout.flush()
        written = ""
        while not written.endswith(END):
            written += os.read(self.screen, 1 << 16).decode()
        return written.removesuffix(END)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    monkeypatch.setenv("TERM", "xterm")
    screen, end = os.openpty()
    with open(end, encoding="utf-8") as stdin, open(os.dup(end), "w", encoding="utf-8") as stdout:  # noqa: PTH123 - descriptors
        yield Line(screen=screen, stdin=stdin, stdout=stdout)
    os.close(screen)


def test_a_crash_leaves_the_terminal_as_it_was(line: Line) -> None:
    before = line.modes
    with suppress(ZeroDivisionError), line.terminal:
        assert line.modes != before
        raise ZeroDivisionError
    assert line.modes == before
    assert line.written().endswith("\x1b[?25h\x1b[?1049l")


def test_leaving_twice_is_leaving_once(line: Line) -> None:
    with line.terminal as terminal:
        line.written()
        terminal.leave()
    assert line.written().count("\x1b[?1049l") == 1


def test_a_file_is_no_terminal(line: Line) -> None:
    with open(os.devnull, encoding="utf-8") as nothing:  # noqa: PTH123 - as sys.stdin
        assert not Terminal(stdin=nothing, stdout=line.stdout).usable
    assert line.terminal.usable


def test_a_terminal_that_moves_no_cursor_is_not_used(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert not line.terminal.usable


def test_keys_come_one_by_one(line: Line) -> None:
    with line.terminal as terminal:
        os.write(line.screen, b"q")
        assert terminal.read() == b"q"
