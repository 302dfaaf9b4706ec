"""A daemon inside a running program: an async context manager that takes no signals and configures no logging."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from types import TracebackType
from typing import Any, Self

from sqsd_adapters.cli.assembly.assembly import Assembly
from sqsd_adapters.cli.assembly.checks import check
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.configuration.given import Given, demand_settings
from sqsd_adapters.cli.lifetime.lifetime import Drained, Lifetime
from sqsd_adapters.cli.processes.count import demand_one_process
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.job import Job
from sqsd_core import Clock, LockStore, Observer, Queue, Snapshot
from sqsd_core.seconds import seconds as read_seconds

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The dependency-injector containers of one daemon; ``override`` a provider before the daemon is entered.

    ``queue`` has the providers queue, lock_store, sender, scheduler and clock. ``worker`` has invoker, exchange, probe,
    tls and clock. ``daemon`` has daemon, monitor, probes, history and clock. Calling a provider returns its part.
    """

    queue: Any
    worker: Any
    daemon: Any


class Sqsd:
    """Receives, invokes and deletes while its block is open.

    ::

        async with Sqsd(Settings(QUEUE_URL=…, INVOKER_PARALLEL_COUNT=16), invoker=Shipping()) as daemon:
            ...

    Entering starts the daemon and returns when the queue has answered. Leaving drains it: the daemon stops receiving,
    running jobs get DRAIN_TIMEOUT to end, and SQS confirms the deletions. If the block is cancelled, leaving does not
    wait for jobs: it cancels them and releases received messages, within 20 seconds. Several daemons may run in one
    event loop; each runs once.

    The daemon installs no signal handlers and configures no logging. The gRPC monitor is off unless MONITORING_PORT is
    set. The event loop is asyncio's; uvloop and anyio's asyncio backend work too.

    ``invoker`` takes precedence over INVOKER and INVOKER_URL: an Invoker, a function, or a class of either.
    ``queue``, ``lock_store`` and ``clock`` replace what the settings name; QUEUE_URL then still names the queue for
    locks and the log. ``observers`` are called for each event. You open and close the objects that you pass. The daemon
    opens and closes an invoker that is a class or a function.

    Entering raises:
        ConfigurationError: a file, a module or an extra is missing, or no invoker is configured; names every problem.
        AddressInUse: another process listens on a port that is set.
        QueueRefused: the queue refuses the calls, or (QueueNotFound) does not exist.
        RuntimeError: this ``Sqsd`` was entered before.
        Exception: what an adapter or an invoker raises while it is opened.

    If the daemon crashed, leaving raises the error; ``failed`` has it as soon as the daemon has ended. A queue that
    cannot be reached is not an error: the daemon tries again.

    Raises:
        TypeError: an argument has the wrong type.
        ConfigurationError: PROCESSES asks for several processes.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        invoker: Job | None = None,
        queue: Queue | None = None,
        lock_store: LockStore | None = None,
        clock: Clock | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        demand_settings(settings)
        demand_one_process(settings)
        given = Given(invoker=invoker, queue=queue, lock_store=lock_store, clock=clock, observers=observers)
        self._assembly = Assembly(Configuration.of_one(_without_monitor(settings)), given=given)
        self._lifetime = Lifetime(self._assembly)

    def __repr__(self) -> str:
        if self.failed is not None:
            return f"<Sqsd failed: {self.failed!r}>"
        if not self._lifetime.running:
            return f"<Sqsd {'ended' if self._lifetime.started else 'not entered'}>"
        return f"<Sqsd {self._lifetime.daemon!r}>"

    @property
    def parts(self) -> Parts:
        """The containers of this daemon, whose providers may be overridden before it is entered.

        ::

            daemon = Sqsd(settings, invoker=ship)
            daemon.parts.worker.probe.override(MyProbe())

        The daemon opens and closes what a provider makes, if it is an async context manager.
        """
        return Parts(
            queue=self._assembly.queues[""].parts,
            worker=self._assembly.workers[""].parts,
            daemon=self._assembly.parts,
        )

    @property
    def failed(self) -> BaseException | None:
        """The error that ended the daemon, even after leaving raised it; None while it runs and after a drain."""
        return self._lifetime.failed

    def snapshot(self) -> Snapshot:
        """Return the scoreboard of this moment: totals by outcome, slots, tasks, and every reason not to receive.

        Before entering, all figures are 0. After leaving, they stay as they were.

        Raises:
            TimeoutError: called in another thread, and the event loop was blocked for 30 seconds.
        """
        return self._lifetime.loop.call(self._lifetime.daemon.snapshot)

    def pause(self, *, seconds: float | None = None) -> None:
        """Stop receiving and start no jobs; running jobs go on.

        The pause lasts until ``resume``, or for ``seconds``. The daemon counts as ready meanwhile. A daemon that is
        paused before it is entered starts paused.

        Raises:
            RuntimeError: the daemon has ended.
            TypeError: ``seconds`` is not a number.
            ValueError: ``seconds`` is not greater than 0, or not finite.
            TimeoutError: as ``snapshot``.
        """
        length = None if seconds is None else _length_of_pause(seconds)
        self._steer(lambda: self._lifetime.daemon.pause(seconds=length))

    def resume(self) -> None:
        """Receive again; do nothing if there is no pause.

        Raises:
            RuntimeError: the daemon has ended.
            TimeoutError: as ``snapshot``.
        """
        self._steer(self._lifetime.daemon.resume)

    async def drain(self) -> Drained:
        """Stop receiving, wait for the running jobs and the deletions, and return how that ended.

        Running jobs get DRAIN_TIMEOUT to end. A second call, also from another task, waits for the same drain.
        Cancelling the call stops the waiting, not the drain. You may call it in another event loop.

        Raises:
            RuntimeError: the daemon was not entered, its event loop does not run, or a job of the daemon calls this.
            Exception: the error that ended the daemon, if it crashed.
        """
        if not self._lifetime.started:
            raise RuntimeError("the daemon was not entered: use `async with`")
        if self._lifetime.runs_the_caller:
            raise RuntimeError("drain() would wait for the job that calls it: call it in a task or thread of its own")
        return await self._lifetime.drain()

    def _steer(self, order: Callable[[], None]) -> None:
        def carry_out() -> None:
            if self._lifetime.started and not self._lifetime.running:
                raise RuntimeError("the daemon has ended")
            order()

        self._lifetime.loop.call(carry_out)

    async def __aenter__(self) -> Self:
        if self._lifetime.started:
            raise RuntimeError("the daemon runs once: make another Sqsd")
        check(self._assembly)
        await self._lifetime.start(on_crash=_log_crash)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not isinstance(error, Exception):  # cancelled, or the process is leaving
            await self._lifetime.cut()
            return
        try:
            await self._lifetime.leave()
        except Exception:
            if error is None:
                raise
            # the error of the block is raised; the daemon's own is in the log


def _without_monitor(settings: Settings) -> Settings:
    """Several daemons, or processes of one program, would want the same default port."""
    if "MONITORING_PORT" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"MONITORING_PORT": -1})


def _length_of_pause(value: float) -> float:
    length = read_seconds(value, name="seconds")
    if not 0 < length < inf:
        raise ValueError(f"seconds: expected a finite number greater than 0, got {length}")
    return length


def _log_crash(error: BaseException) -> None:
    logger.critical("daemon crashed", exc_info=error)
