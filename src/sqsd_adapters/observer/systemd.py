"""Tells systemd when the daemon is ready, what it does, that it lives, and that a stop or a reload takes time."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol, Self

from sqsd_adapters.observer.notify_socket import NotifySocket
from sqsd_adapters.observer.snapshots import Snapshots
from sqsd_adapters.printable import printable
from sqsd_core.outcome import Succeeded
from sqsd_core.policy.admission import OF_LOAD, Closure, Reason
from sqsd_core.policy.scoreboard import Snapshot
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.observer import Observer

REFRESH = 5.0  # seconds between two looks at the daemon, at most
EXTENSION = 30.0  # seconds that systemd is asked to wait beyond now, with each look
MICROSECONDS = 1_000_000


class Socket(Protocol):
    """Where systemd listens."""

    def open(self) -> None: ...
    def close(self) -> None: ...
    def send(self, lines: Sequence[str]) -> bool:
        """Send assignments; returns whether that was possible."""
        ...


def systemd(*, environ: Mapping[str, str], pid: int, clock: Clock) -> "Systemd | None":
    """Read NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; None where no service manager wants to be told."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return None
    limit, watched = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    ours = limit.isdecimal() and int(limit) > 0 and watched in {"", str(pid)}
    return Systemd(
        socket=NotifySocket(address=address), clock=clock, watchdog=int(limit) / MICROSECONDS if ours else None
    )


class Systemd(Observer):
    """Sends what changed at once, and a sign of life at least every half of the watchdog's time.

    All of it is sent by the event loop, so a loop that is blocked sends nothing. The service is ready once each queue
    has answered, or once another reason not to receive is known: an outage is no failed start.
    """

    def __init__(self, *, socket: Socket, clock: Clock, watchdog: float | None = None) -> None:
        """``watchdog`` is the seconds without a sign of life after which systemd restarts the service."""
        self._socket = socket
        self._clock = clock
        self.watchdog = watchdog
        self._alive = [] if watchdog is None else ["WATCHDOG=1"]
        self._interval = REFRESH if watchdog is None else min(REFRESH, watchdog / 2)
        self._timer: asyncio.TimerHandle | None = None
        self._ready = self._stopping = False
        self._status = ""

    def watch(self, monitor: Snapshots) -> None:
        """Report on this daemon; to be called before opening."""
        self._monitor = monitor

    async def __aenter__(self) -> Self:
        self._socket.open()
        self._loop = asyncio.get_running_loop()
        self._look_on()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._socket.close()

    def closed(self, closure: Closure) -> None:
        del closure
        self.look()

    def opened(self, closure: Closure) -> None:
        del closure
        self.look()

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """Tell systemd that a reload is under way; it waits for its end where the unit has Type=notify-reload."""
        told = self._ready and not self._stopping
        if told:
            self._socket.send(["RELOADING=1", f"MONOTONIC_USEC={int(self._clock.monotonic() * MICROSECONDS)}"])
        try:
            yield
        finally:
            if told and not self._stopping:
                self._socket.send(["READY=1"])

    def look(self) -> None:
        """Report soon: something may have changed."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = self._loop.call_later(0.0, self._look_on)

    def _look_on(self) -> None:
        self._timer = self._loop.call_later(self._interval, self._look_on)
        self._report(self._monitor.snapshot())

    def _report(self, snapshot: Snapshot) -> None:
        started, status = _has_started(snapshot), status_of(snapshot)
        lines = [*self._alive]
        if snapshot.draining and not self._stopping:
            lines.append("STOPPING=1")
        elif started and not self._ready:
            lines.append("READY=1")
        if snapshot.draining or not (started or self._ready):
            lines.append(f"EXTEND_TIMEOUT_USEC={int(EXTENSION * MICROSECONDS)}")
        if status != self._status:
            lines.append(f"STATUS={status}")
        if lines and self._socket.send(lines):
            self._stopping, self._ready, self._status = snapshot.draining, self._ready or started, status


def status_of(snapshot: Snapshot) -> str:
    """What the daemon does, in one line for ``systemctl status``."""
    reasons = [closure.sentence for closure in snapshot.closures if closure.reason not in OF_LOAD]
    running = sum(worker.running for worker in snapshot.workers.values())
    succeeded = snapshot.outcomes[Succeeded.__name__]
    others = snapshot.outcomes.total() - succeeded
    state = printable("; ".join(reasons) or "receiving")
    return f"{state} ({running} of {snapshot.slots} slots busy, {succeeded} succeeded, {others} did not)"


def _has_started(snapshot: Snapshot) -> bool:
    reasons = {closure.reason for closure in snapshot.closures} - OF_LOAD
    return Reason.STARTING not in reasons or len(reasons) > 1
