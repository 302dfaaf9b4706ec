"""Writes log lines on a thread of its own: a sink that blocks or is closed costs lines, never work."""

import logging
import os
import queue
import select
import threading
from collections.abc import Iterator

CAPACITY = 10_000  # lines; some megabytes at most
BATCH = 256  # lines a write
FLUSH_TIMEOUT = 1.0  # seconds that the end of the process may wait for a sink that blocks


class LogSink(logging.Handler):
    """Formats where the record is made, and writes to a file descriptor elsewhere.

    Lines that find no place or cannot be written are counted, and the count is logged when the sink takes
    lines again. The descriptor stays the caller's.
    """

    def __init__(self, *, fd: int, capacity: int = CAPACITY) -> None:
        super().__init__()
        self._fd = fd
        self._capacity = capacity
        self._lines: queue.SimpleQueue[str | threading.Event] = queue.SimpleQueue()
        self._lost = 0
        self._lost_lock = threading.Lock()
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
        if self._lines.qsize() >= self._capacity:
            self._lose(1)
            return
        try:
            self._lines.put(self.format(record))
        except Exception:  # noqa: BLE001 - logging's own rule: a record that cannot be formatted harms nobody
            self._lose(1)

    def flush(self) -> None:
        """Wait until what was logged so far is written, for a bounded time."""
        if self._writer.is_alive():
            written = threading.Event()
            self._lines.put(written)
            written.wait(FLUSH_TIMEOUT)

    def _write_for_ever(self) -> None:
        while True:
            batch = list(self._take())
            lines = [line for line in batch if isinstance(line, str)]
            self._write_or_lose(lines)
            for written in batch:
                if isinstance(written, threading.Event):
                    written.set()

    def _take(self) -> Iterator[str | threading.Event]:
        yield self._lines.get()
        for _ in range(min(self._lines.qsize(), BATCH - 1)):
            yield self._lines.get()

    def _write_or_lose(self, lines: list[str]) -> None:
        if not lines:
            return
        lost = self._lost
        report = [self._report(lost)] if lost else []
        try:
            self._write("".join(f"{line}\n" for line in report + lines).encode(errors="backslashreplace"))
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

    def _report(self, lost: int) -> str:
        fields = {
            "name": __name__,
            "levelno": logging.WARNING,
            "levelname": "WARNING",
            "msg": "log lines lost",
        }
        return self.format(logging.makeLogRecord({**fields, "lost": lost}))

    def _lose(self, count: int) -> None:
        with self._lost_lock:
            self._lost += count
