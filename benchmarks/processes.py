"""Child processes of the bench: started on one core, stopped by a signal, never left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

PATIENCE = 15.0  # seconds from the signal to SIGKILL


class Cores(NamedTuple):
    """Where the bench (simulator, sink, Redis, itself) runs, and where the candidate does."""

    bench: int
    candidate: int


def cores() -> Cores:
    """Return the first two available cores; the same core twice if there is only one."""
    ours = sorted(os.sched_getaffinity(0))
    return Cores(bench=ours[0], candidate=ours[min(1, len(ours) - 1)])


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Start child processes on ``core``, or on any; they inherit the affinity."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, before if core is None else {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def child(
    command: Sequence[str], *, core: int | None, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a child process with its output in ``log``; it has always ended afterwards."""
    with log.open("w") as output, pinned(core):
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        terminate(process)


def leave_on_sigterm() -> None:
    """Let SIGTERM end this process as Ctrl-C does, so that it stops its children."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def terminate(
    process: subprocess.Popen[str], meanwhile: Callable[[], None] = lambda: None, *, slowness: float = 1.0
) -> int:
    """Send SIGTERM and return the exit code; ``meanwhile`` is called until the child is gone."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    deadline = time.perf_counter() + PATIENCE * slowness
    while process.poll() is None and time.perf_counter() < deadline:
        meanwhile()
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    if process.poll() is None:
        process.kill()
    return process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], *, seconds: float, pause: float = 0.05) -> bool:
    """Check until the condition holds or the time is over; returns whether it holds."""
    deadline = time.perf_counter() + seconds
    while not condition():
        if time.perf_counter() > deadline:
            return False
        time.sleep(pause)
    return True
