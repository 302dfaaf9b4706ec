"""Writes log lines in a thread of its own: a sink that blocks or is closed loses lines and delays no work."""

import logging
import math
import os
import queue
import select
import threading
from collections.abc import Iterator

CAPACITY = 10_000  # records that wait
BUDGET = 4_194_304  # bytes of the records that wait
RECORD = 65_536  # bytes of one record
BATCH = 256  # records per write
FLUSH_TIMEOUT = 1.0  # seconds that the end of the process may wait for a sink that blocks


class LogSink(logging.Handler):
    """Formats in the thread that logs, and writes to a file descriptor in a thread of its own.

    At most ``capacity`` records and ``budget`` bytes wait. Records beyond that, and those that cannot be written, are
    counted as lost, and the count is logged when the sink takes lines again. The caller closes the descriptor.
    Where processes share a pipe, the kernel keeps their writes apart only up to PIPE_BUF bytes.
    """

    def __init__(self, *, fd: int, capacity: int = CAPACITY, budget: int = BUDGET, shared: bool = False) -> None:
        super().__init__()
        self._fd = fd
        self._capacity = capacity
        self._budget = budget
        self._most = select.PIPE_BUF if shared else math.inf
        self._lines: queue.SimpleQueue[bytes | threading.Event] = queue.SimpleQueue()
        self._waiting = 0  # bytes
        self._lost = 0
        self._counting = threading.Lock()
        self._writer = threading.Thread(target=self._write_for_ever, name="log-sink", daemon=True)

    def __repr__(self) -> str:
        return f"<LogSink fd={self._fd} waiting={self._lines.qsize()} lost={self._lost}>"

    @property
    def lost(self) -> int:
        """Lines that were lost and not yet reported."""
        return self._lost

    def start(self) -> None:
        self._writer.start()

    def emit(self, record: logging.LogRecord) -> None:
        if self._lines.qsize() >= self._capacity or self._waiting >= self._budget:
            self._lose(1)
            return
        try:
            line = _encoded(self.format(record))
        except Exception:  # noqa: BLE001 - as logging itself does: a record that cannot be formatted is dropped
            self._lose(1)
            return
        with self._counting:
            self._waiting += len(line)
        self._lines.put(line)

    def flush(self) -> None:
        """Wait until what was logged so far is written, for a bounded time."""
        if self._writer.is_alive():
            written = threading.Event()
            self._lines.put(written)
            written.wait(FLUSH_TIMEOUT)

    def _write_for_ever(self) -> None:
        while True:
            batch = list(self._take())
            lines = [line for line in batch if isinstance(line, bytes)]
            self._write_or_lose(lines)
            with self._counting:
                self._waiting -= sum(map(len, lines))
            for written in batch:
                if isinstance(written, threading.Event):
                    written.set()

    def _take(self) -> Iterator[bytes | threading.Event]:
        yield self._lines.get()
        for _ in range(min(self._lines.qsize(), BATCH - 1)):
            yield self._lines.get()

    def _write_or_lose(self, lines: list[bytes]) -> None:
        if not lines:
            return
        lost = self._lost
        report = [self._report(lost)] if lost else []
        try:
            for piece in _pieces(report + lines, most=self._most):
                self._write(piece)
        except OSError:
            self._lose(len(lines))
        else:
            self._lose(-lost)

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:  # a terminal or pipe that another process made non-blocking
                select.select([], [self._fd], [])

    def _report(self, lost: int) -> bytes:
        fields = {
            "name": __name__,
            "levelno": logging.WARNING,
            "levelname": "WARNING",
            "msg": "log lines lost",
        }
        return _encoded(self.format(logging.makeLogRecord({**fields, "lost": lost})))

    def _lose(self, count: int) -> None:
        with self._counting:
            self._lost += count


def _pieces(lines: list[bytes], *, most: float) -> Iterator[bytes]:
    """Join whole lines up to ``most`` bytes; a longer line is a piece of its own."""
    piece: list[bytes] = []
    size = 0
    for line in lines:
        if piece and size + len(line) > most:
            yield b"".join(piece)
            piece, size = [], 0
        piece.append(line)
        size += len(line)
    yield b"".join(piece)


def _encoded(line: str) -> bytes:
    data = line[:RECORD].encode(errors="backslashreplace")
    return data + b"\n" if len(data) < RECORD else data[: RECORD - 1].decode(errors="ignore").encode() + b"\n"
