"""The lifetime of a daemon in a task of its own: open, start, run, drain, close."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial

from sqsd_adapters.cli.assembly.arguments import lazy
from sqsd_adapters.cli.assembly.assembly import Assembly
from sqsd_adapters.cli.assembly.opening import open_all
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.lifetime.own_loop import OwnLoop
from sqsd_core import Daemon
from sqsd_core.version import __version__

START_PATIENCE = 10.0  # seconds that a start waits for the first answer of the queues
HURRY = 5.0  # seconds for giving back what was received, where there is no time for a drain
RELEASE_TIMEOUT = 5.0  # seconds for the same by a cancellation, where that did not work
GIVE_UP = 10.0  # seconds for closing the adapters, where not even that worked

logger = logging.getLogger(__name__)

#: runs until it is cancelled, beside the daemon
Beside = Callable[[], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """How a drain ended.

    ``cut_off`` is the number of running jobs that DRAIN_TIMEOUT cancelled; their messages were released.
    ``unconfirmed`` is the number of deletions that the queue had not confirmed at the end; these messages may be
    delivered again.
    """

    cut_off: int
    unconfirmed: int

    @property
    def complete(self) -> bool:
        """Whether every job ended and every deletion was confirmed."""
        return not (self.cut_off or self.unconfirmed)


#: of whose jobs the caller is one; in the context of the daemon's task, which its jobs inherit
_around: ContextVar["Lifetime | None"] = ContextVar("_around", default=None)


class Lifetime:
    """Starts, drains and ends a daemon, once.

    All of it happens in one task of the daemon's own, never in the caller's. So adapters are opened and closed by the
    same task, and the cancellation of a caller, which anyio repeats until its scope is left, interrupts no release.
    """

    def __init__(self, assembly: Assembly, *, beside: Beside | None = None) -> None:
        self._assembly = assembly
        self._beside = beside
        self._task: asyncio.Task[None] | None = None
        self._startup: asyncio.Timeout | None = None
        self._asked = False
        self.loop = OwnLoop()

    @property
    def daemon(self) -> Daemon:
        return self._assembly.daemon

    @property
    def started(self) -> bool:
        return self._task is not None

    @property
    def running(self) -> bool:
        return self._task is not None and not self._task.done()

    @property
    def runs_the_caller(self) -> bool:
        """Whether the caller is a job of this daemon."""
        return _around.get() is self and lazy("invoker.callable:in_job")() is True

    @property
    def failed(self) -> BaseException | None:
        """The error that ended the daemon."""
        task = self._task
        return None if task is None or not task.done() or task.cancelled() else task.exception()

    @property
    def drained(self) -> Drained:
        """How the drain ended, once it has."""
        return Drained(cut_off=self.daemon.snapshot().cut_off, unconfirmed=self.daemon.unconfirmed)

    async def start(self, *, on_crash: Callable[[BaseException], None] | None = None) -> None:
        """Return when the queues have answered, or when it is known why they do not yet.

        ``on_crash`` is told of an error that ends the daemon later.

        Raises:
            SqsdError: what keeps the daemon from starting.
        """
        known = self._assembly.start.known
        self.loop.enter()
        self._task = asyncio.create_task(self._live(), name="sqsd")
        self._task.add_done_callback(lambda _: known.set())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(START_PATIENCE):
                    await known.wait()
        except asyncio.CancelledError:
            await self.cut()
            raise
        if error := self.failed:
            raise error
        if on_crash is not None:
            self._task.add_done_callback(lambda _: self.failed and on_crash(self.failed))

    def request_drain(self) -> None:
        """Drain; a second request releases everything at once. One that comes before the daemon runs ends the start."""
        self._asked = True
        self.daemon.drain()
        if self._startup is not None and not self._startup.expired():
            self._startup.reschedule(0.0)  # the loop's clock is past it

    async def ended(self) -> None:
        """Wait for the end; raises the error that ended the daemon. To cancel this is to stop waiting."""
        if self._task is not None and self.running:
            await asyncio.wait((self._task,))
        if error := self.failed:
            raise error

    async def drain(self) -> Drained:
        """Drain and wait for the end, or wait for the end of the drain that is under way; from any event loop."""
        if self.running:
            await self.loop.wait(self._drain)
        await self.ended()
        return self.drained

    def _drain(self, ended: Callable[[asyncio.Task[None]], None]) -> None:
        if not self._asked and self.running:
            self.request_drain()
        if self._task is not None:
            self._task.add_done_callback(ended)

    async def leave(self) -> None:
        """Drain; where that is cancelled, release everything in bounded time."""
        try:
            await self.drain()
        except asyncio.CancelledError:
            await self.cut()
            raise

    async def cut(self) -> None:
        """Cancel jobs, release what was received, close; in bounded time, whatever cancels the caller meanwhile."""
        if self._task is None or self._task.done():
            return
        # A cancellation also ends receives at once, and SQS would give them messages that are released just then.
        self.request_drain()
        self.request_drain()
        await _outlast(self._task, within=HURRY)
        for limit in (RELEASE_TIMEOUT, GIVE_UP):
            self._task.cancel()
            await _outlast(self._task, within=limit)
        if not self._task.done():
            logger.error("daemon did not end", extra={"waited": HURRY + RELEASE_TIMEOUT + GIVE_UP})

    async def _live(self) -> None:
        _around.set(self)
        configuration = self._assembly.configuration
        logger.info("starting", extra={"version": __version__, **self._shown(configuration)})
        async with AsyncExitStack() as stack:
            try:
                if await self._lets(partial(open_all, self._assembly, stack)):
                    await self._run()
            except asyncio.CancelledError:
                self._say_stopped()
                raise
        self._say_stopped()

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                beside = group.create_task(self._beside(), name="reload") if self._beside is not None else None
                await self.daemon.run()
                if beside is not None:
                    beside.cancel()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from errors

    async def _lets(self, start: Callable[[], Awaitable[None]]) -> bool:
        """Await the start; False when a drain was asked for first."""
        if self._asked:  # before there was a start to end
            return False
        try:
            async with asyncio.timeout(None) as self._startup:
                await start()
        except TimeoutError:
            if self._startup is None or not self._startup.expired():
                raise
            return False
        finally:
            self._startup = None
        return True

    def _shown(self, configuration: Configuration) -> dict[str, str]:
        """What is configured; of several processes, their parent has said it."""
        return {} if self._assembly.given.parents_locks is not None else shown(configuration)

    def _say_stopped(self) -> None:
        drained = self.drained
        fields = {"cut_off": drained.cut_off, "unconfirmed_deletions": drained.unconfirmed}
        logger.log(logging.INFO if drained.complete else logging.WARNING, "stopped", extra=fields)


async def _outlast(task: asyncio.Task[None], *, within: float) -> None:
    """Wait for a task, whatever cancels the waiting."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + within
    while not task.done() and (left := ends - loop.time()) > 0:
        with suppress(asyncio.CancelledError):
            await asyncio.wait((task,), timeout=left)


def shown(configuration: Configuration) -> dict[str, str]:
    """What is configured, for the log; of several tables their names."""
    if "" in configuration.queues:
        return {name: value for name, value in configuration.settings.shown().items() if value}
    return {"queues": ", ".join(configuration.queues), "workers": ", ".join(configuration.workers)}
