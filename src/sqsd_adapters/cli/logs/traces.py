"""Tracebacks for a log: bounded, and with the exception's text, which may quote a message, escaped and cut."""

import re
import traceback
from collections.abc import Iterator
from types import TracebackType

from sqsd_adapters.printable import printable

FRAMES = 30  # of each exception, the innermost
LINES = 100  # of the whole chain, the last
TEXT = 500  # characters of one line, so of an exception's text as well
GROUP = 5  # exceptions of a group, and groups within a group

_FRAME = re.compile(r'[ |]*File "')

Raised = tuple[type[BaseException], BaseException, TracebackType | None]


def traced(raised: Raised) -> list[str]:
    """The lines of the traceback, each of them printable."""
    kind, error, frames = raised
    found = traceback.TracebackException(
        kind, error, frames, limit=-FRAMES, max_group_width=GROUP, max_group_depth=GROUP
    )
    return last(line for chunk in found.format() for line in _lines(chunk))


def last(lines: Iterator[str]) -> list[str]:
    """The last lines, escaped, with a count of those left out."""
    every = [printable(line, TEXT) for line in lines]
    left_out = len(every) - LINES
    return every if left_out <= 0 else [f"… {left_out} lines left out", *every[-LINES:]]


def _lines(chunk: str) -> Iterator[str]:
    # only a frame is more than one line: a line break elsewhere is part of the exception's text
    text = chunk.strip("\n")
    if _FRAME.match(text):
        yield from text.split("\n")
    elif text:
        yield text
