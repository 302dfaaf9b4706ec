"""A log sink that blocks, is closed or is full costs lines, never work."""

import fcntl
import logging
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from sqsd_adapters.cli.logs.log_sink import LogSink
from sqsd_adapters.cli.logs.logs import TextFormatter

#: the sinks of the running test
STARTED: list[LogSink] = []


@dataclass(frozen=True, slots=True)
class Pipe:
    """A pipe whose reading end takes nothing unless it is asked to."""

    reader: int
    writer: int

    def fill(self) -> None:
        os.set_blocking(self.writer, False)
        with suppress(BlockingIOError):
            while True:
                os.write(self.writer, b"\n" * 4_096)
        os.set_blocking(self.writer, True)

    def read(self, until: str) -> str:
        data = b""
        while until.encode() not in data:
            data += os.read(self.reader, 65_536)
        return data.decode()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a loaded machine the writing thread may wait for its turn for longer than a daemon that ends would."""
    monkeypatch.setattr("sqsd_adapters.cli.logs.log_sink.FLUSH_TIMEOUT", 30.0)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    reader, writer = os.pipe()
    STARTED.clear()
    yield Pipe(reader, writer)
    with suppress(OSError):
        os.close(reader)
    for sink in STARTED:  # what still waits fails here, and not in the next test's pipe of the same number
        sink.flush()
    os.close(writer)


def record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("test", logging.INFO, "", 0, message, arguments, None)


def started(fd: int, **options: Any) -> LogSink:
    sink = LogSink(fd=fd, **options)
    sink.start()
    STARTED.append(sink)
    return sink


def test_each_record_is_a_line_in_order(pipe: Pipe) -> None:
    sink = started(pipe.writer)
    for number in range(1_000):
        sink.emit(record(f"line {number}"))
    sink.flush()
    assert pipe.read(until="line 999\n").splitlines() == [f"line {number}" for number in range(1_000)]


def test_a_pipe_that_blocks_costs_lines_and_no_time(pipe: Pipe) -> None:
    pipe.fill()
    sink = started(pipe.writer, capacity=10)
    for number in range(2_000):
        sink.emit(record(f"line {number}"))
    assert sink.lost >= 1_980


def test_lost_lines_are_reported_when_the_sink_takes_lines_again(pipe: Pipe) -> None:
    pipe.fill()
    sink = started(pipe.writer, capacity=10)
    sink.setFormatter(TextFormatter())
    for number in range(2_000):
        sink.emit(record(f"line {number}"))
    lost = sink.lost
    read = pipe.read(until="line 0\n")
    sink.flush()  # the lines that waited are out: "after" finds a place
    sink.emit(record("after"))
    read += pipe.read(until="after\n")
    sink.flush()
    assert sum(int(count) for count in re.findall(r"log lines lost lost=(\d+)\n", read)) == lost
    assert sink.lost == 0


def test_flushing_a_sink_that_blocks_ends(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqsd_adapters.cli.logs.log_sink.FLUSH_TIMEOUT", 0.01)
    pipe.fill()
    sink = started(pipe.writer)
    sink.emit(record("nobody reads this"))
    sink.flush()


def test_a_closed_reader_costs_lines_and_no_error(pipe: Pipe) -> None:
    sink = started(pipe.writer)
    os.close(pipe.reader)
    sink.emit(record("nobody reads this"))
    sink.flush()
    assert sink.lost == 1


def test_a_full_disk_costs_lines_and_no_error() -> None:
    fd = os.open("/dev/full", os.O_WRONLY)
    sink = started(fd)
    sink.emit(record("no room"))
    sink.flush()
    assert sink.lost == 1
    os.close(fd)


def test_a_pipe_that_another_process_made_non_blocking_loses_nothing(pipe: Pipe) -> None:
    fcntl.fcntl(pipe.writer, fcntl.F_SETFL, os.O_NONBLOCK)
    sink = started(pipe.writer)
    for _ in range(200):
        sink.emit(record("x" * 1_000))
    sink.emit(record("the end"))
    assert pipe.read(until="the end\n").count("x" * 1_000) == 200
    assert sink.lost == 0


def test_a_record_that_cannot_be_formatted_is_lost_and_harms_nobody(pipe: Pipe) -> None:
    sink = started(pipe.writer)
    sink.emit(record("%d", "no number"))
    sink.emit(record("next"))
    sink.flush()
    assert "next" in pipe.read(until="next\n")


def test_what_is_no_utf_8_is_written_escaped(pipe: Pipe) -> None:
    sink = started(pipe.writer)
    sink.emit(record("half a pair: \ud800"))
    sink.flush()
    assert pipe.read(until="\n").endswith("half a pair: \\ud800\n")


def test_what_waits_is_bounded_in_bytes(pipe: Pipe) -> None:
    pipe.fill()
    sink = started(pipe.writer, budget=100_000)
    for _ in range(1_000):
        sink.emit(record("x" * 9_999))
    # one batch may have been taken for writing, which counts until it is written
    assert sink.lost >= 1_000 - 11


def test_bytes_that_were_written_wait_no_longer(pipe: Pipe) -> None:
    sink = started(pipe.writer, budget=2_000)
    for number in range(50):
        sink.emit(record("x" * 999))
        assert pipe.read(until="x\n") == "x" * 999 + "\n", number
        sink.flush()
    assert sink.lost == 0


def test_a_record_is_cut_to_64_kib_and_stays_one_line(pipe: Pipe) -> None:
    sink = started(pipe.writer)
    sink.emit(record("🙂" * 100_000))
    sink.emit(record("next"))
    first, second = pipe.read(until="next\n").splitlines(keepends=True)
    assert 65_500 < len(first.encode()) <= 65_536
    assert second == "next\n"
    assert set(first) == {"🙂", "\n"}


def test_flushing_a_sink_that_never_started_returns() -> None:
    LogSink(fd=1).flush()


def test_it_reads_as_a_status_line() -> None:
    assert repr(LogSink(fd=7)) == "<LogSink fd=7 waiting=0 lost=0>"
