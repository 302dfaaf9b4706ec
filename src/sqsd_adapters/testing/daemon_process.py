"""The ``sqsd`` command as a process of a test: with an environment of its own, ended with the test."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.conforming import demand_kind
from sqsd_adapters.testing.sqs_thread import SqsThreadQueue

STARTED = 30.0  # seconds; a healthy daemon takes less than two
STEP = 0.02  # seconds between two looks at the log
RECEIVING = "queue found"
URL_GOES_TO = "a URL goes to QUEUE_URL, and a queue in memory is in this process only"
#: what a process needs to run at all
INHERITED = ("PATH", "HOME", "LANG", "PYTHONPATH", "TMPDIR", "VIRTUAL_ENV")
#: for the impatient
DEFAULTS = {
    "AWS_ACCESS_KEY_ID": "any",
    "AWS_SECRET_ACCESS_KEY": "any",
    "AWS_REGION": "us-east-1",
    # else an instance profile is asked for, which takes seconds
    "AWS_EC2_METADATA_DISABLED": "true",
    "ERROR_VISIBILITY_TIMEOUT": "0s",
    "ERROR_VISIBILITY_TIMEOUT_MAX": "0s",
    "FETCHER_WAIT_TIME": "1s",
    "LOG_FORMAT": "json",
    "MONITORING_PORT": "-1",
}


class DaemonProcess:
    """A daemon in its own process, from entering to leaving; leaving kills it if ``drain`` has not ended it.

    ``variables`` are settings of sqsd, and variables that an INVOKER reads. The environment of the process contains
    only these and the search paths. Failed messages are retried at once, unless ERROR_VISIBILITY_TIMEOUT is set. The
    working directory is that of the test.

    Raises:
        TypeError: ``queue`` is not a queue of ``SqsThread``, or ``variables`` is no mapping.
        RuntimeError: the daemon ended instead of starting; the error contains its log.
    """

    def __init__(
        self, *, log: Path | str, queue: SqsThreadQueue | None = None, variables: Mapping[str, object]
    ) -> None:
        if queue is not None and not isinstance(queue, SqsThreadQueue):
            raise TypeError(f"queue: expected a queue of an SqsThread, got {type(queue).__qualname__}; {URL_GOES_TO}")
        demand_kind("variables", variables, Mapping)
        self._log = Path(log)
        of_queue = {} if queue is None else {"QUEUE_URL": queue.url}
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        given = {name: _written(value) for name, value in variables.items() if value is not None}
        self._env = {**inherited, **DEFAULTS, **of_queue, **given}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if self._process is not None and self._process.poll() is None:
            raise RuntimeError("the daemon runs already: make another DaemonProcess")
        with self._log.open("wb") as log:
            self._process = self._start(log)
        try:
            self._wait_until_it_receives(self._process)
        except BaseException:
            self._kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._kill()

    def __repr__(self) -> str:
        return f"<DaemonProcess {self.pid}>"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._running.pid

    @property
    def log(self) -> list[dict[str, Any]]:
        """The log so far, one object per line; lines that are not JSON are left out."""
        records = []
        for line in self._log.read_text().splitlines():
            try:
                records.append(json.loads(line))
            except ValueError:
                continue
        return records

    @property
    def events(self) -> list[str]:
        """The events of the log so far."""
        return [str(record.get("event")) for record in self.log]

    def send_signal(self, number: int) -> None:
        """Send a signal to the daemon; SIGKILL is like a crash."""
        self._running.send_signal(number)

    def drain(self, *, within: float = 30.0) -> int:
        """Send SIGTERM, and return the exit code, 0 after a complete drain; TimeoutError after ``within`` seconds."""
        self.send_signal(signal.SIGTERM)
        try:
            return self._running.wait(within)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"still draining after {within:g} s\n{self._log.read_text()}") from None

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the daemon is not open: use it inside its `with` block")
        return self._process

    def _start(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "sqsd_adapters"], env=self._env, stdout=log, stderr=subprocess.STDOUT
        )

    def _wait_until_it_receives(self, process: subprocess.Popen[bytes]) -> None:
        clock, pause = SystemClock(), threading.Event()
        ends = clock.monotonic() + STARTED
        while RECEIVING not in self.events:
            if process.poll() is not None or clock.monotonic() > ends:
                raise RuntimeError(f"sqsd did not start:\n{self._log.read_text()}")
            pause.wait(STEP)

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
