"""Tracebacks for a log: what they tell, and how long they get."""

import sys
from collections.abc import Callable

from sqsd_adapters.cli.logs.traces import FRAMES, LINES, TEXT, traced


def trace_of(job: Callable[[], object]) -> list[str]:
    try:
        job()
    except BaseException:  # noqa: BLE001 - whatever it raises
        kind, error, frames = sys.exc_info()
        assert kind is not None
        assert error is not None
        return traced((kind, error, frames))
    raise AssertionError("did not raise")


def fail(text: str = "no luck") -> None:
    raise RuntimeError(text)


def fail_deeply(depth: int) -> None:
    if depth == 0:
        fail()
    fail_deeper(depth)


def fail_deeper(depth: int) -> None:
    fail_deeply(depth - 1)


def fail_in_a_chain(length: int) -> None:
    try:
        fail() if length == 0 else fail_in_a_chain(length - 1)
    except RuntimeError as error:
        raise RuntimeError(f"link {length}") from error


def fail_in_a_group() -> None:
    raise ExceptionGroup("several", [RuntimeError("one\nline"), RuntimeError("two")])


def test_it_shows_where_and_what() -> None:
    lines = trace_of(fail)
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-3].endswith("in fail")
    assert lines[-2:] == ["    raise RuntimeError(text)", "RuntimeError: no luck"]


def test_the_text_of_an_exception_is_one_line_and_cut() -> None:
    line = trace_of(lambda: fail("body\n" * 100_000))[-1]
    assert line.startswith("RuntimeError: body\\x0abody")
    assert len(line) == TEXT


def test_of_many_frames_the_innermost_are_kept() -> None:
    lines = trace_of(lambda: fail_deeply(200))
    assert len(lines) <= 2 * FRAMES + 2
    assert lines[-3].endswith("in fail")


def test_of_a_long_chain_the_last_lines_are_kept() -> None:
    lines = trace_of(lambda: fail_in_a_chain(100))
    assert len(lines) == LINES + 1
    assert lines[0].endswith("lines left out")
    assert lines[-1] == "RuntimeError: link 100"


def test_each_exception_of_a_group_is_shown() -> None:
    text = "\n".join(trace_of(fail_in_a_group))
    assert "RuntimeError: one" in text
    assert "RuntimeError: two" in text
