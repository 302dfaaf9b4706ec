"""Runs a daemon from its configuration: opens the adapters, turns signals into a drain, closes in bounded time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from sqsd_adapters.cli.assembly import Assembly
from sqsd_adapters.cli.checks import check
from sqsd_adapters.cli.configuration import Configuration
from sqsd_adapters.cli.ensuring import ensure
from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.cli.parts import WorkerPart
from sqsd_adapters.cli.reload import Reloading
from sqsd_adapters.cli.settings import Settings
from sqsd_adapters.cli.signals import on_reload, on_signals
from sqsd_core import Daemon, Invoker, Message
from sqsd_core.version import __version__

Given = Invoker | Callable[[Message], object] | None

logger = logging.getLogger(__name__)


async def serve(settings: Settings, *, invoker: Given = None) -> int:
    """Run until a signal drains it; returns 0, or 3 when it cut running jobs or left deletions unconfirmed.

    ``invoker`` takes precedence over INVOKER and INVOKER_URL. It is whatever INVOKER can name (a function, an
    Invoker, a class of either) and follows the same rules; only an Invoker that is made already is yours to open and
    close. Signals are taken only where ``serve`` runs in the main thread, and are given back at
    the end; cancelling ``serve`` is no drain, it drops what is running.

    Raises:
        ConfigurationError: a file, a module or an extra is missing, or no invoker is configured; names every problem.
        AddressInUse: another process listens on the monitor's port.
        QueueRefused: the queue turns us away at start, or (QueueNotFound) does not exist.
    """
    return await serve_tables(Configuration.of_one(settings), invoker=invoker)


async def serve_tables(
    configuration: Configuration, *, invoker: Given = None, reread: Callable[[], Configuration] | None = None
) -> int:
    """Run several queues likewise; ``reread`` reads the configuration again on SIGUSR1."""
    assembly = Assembly(configuration, given=invoker)
    check(assembly)
    daemon = assembly.daemon
    logger.info("starting", extra={"version": __version__, **_set(configuration)})
    stopping = _Stopping(daemon)
    reloading = Reloading(assembly=assembly, daemon=daemon, reread=reread, given=invoker)
    loop = asyncio.get_running_loop()
    with on_signals(loop, stopping.request), on_reload(loop, reloading.request):
        async with AsyncExitStack() as stack:
            if not await stopping.lets(_start(assembly, stack)):
                return Exit.DONE
            cut_off = await _run(daemon, reloading)
    unfinished = cut_off or daemon.unconfirmed
    fields = {"cut_off": cut_off, "unconfirmed_deletions": daemon.unconfirmed}
    logger.log(logging.WARNING if unfinished else logging.INFO, "stopped", extra=fields)
    return Exit.CUT if unfinished else Exit.DONE


async def _run(daemon: Daemon, reloading: Reloading) -> int:
    try:
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(reloading.run(), name="reload")
            cut_off = await daemon.run()
            listening.cancel()
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return cut_off


class _Stopping:
    """A signal drains the daemon, and cuts the start-up short that comes before."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._startup: asyncio.Timeout | None = None

    def request(self) -> None:
        self._daemon.drain()
        if self._startup is not None and not self._startup.expired():
            self._startup.reschedule(0.0)  # the loop's clock is past it

    async def lets(self, startup: Awaitable[None]) -> bool:
        """Await the start-up; False when a signal came first."""
        try:
            async with asyncio.timeout(None) as self._startup:
                await startup
        except TimeoutError:
            if self._startup is None or not self._startup.expired():
                raise
            return False
        finally:
            self._startup = None
        return True


async def _start(assembly: Assembly, stack: AsyncExitStack) -> None:
    workers, queues = assembly.workers.values(), assembly.queues.values()
    for part in (*queues, *workers, assembly):
        stack.push_async_callback(part.close)
        await part.open()
    for queue in queues:
        await ensure(queue.parts.queue(), queue.table.settings)
    async with asyncio.TaskGroup() as group:
        for worker in workers:
            if worker.parts.probe_kind() == "health":
                group.create_task(_wait_for(worker), name=f"{worker.name}-health")


async def _wait_for(worker: WorkerPart) -> None:
    """INVOKER_HEALTHCHECK_URL must answer 2xx before the first receive."""
    settings, probe = worker.table.settings, worker.parts.probe()
    pause = settings.BREAKER_COOLDOWN
    while not await probe.probe():
        if pause == settings.BREAKER_COOLDOWN:
            fields = {"worker": worker.name} if worker.name else {}
            logger.warning("waiting for the worker's health check", extra=fields)
        await asyncio.sleep(pause)
        pause = min(2 * pause, settings.BREAKER_COOLDOWN_MAX)


def _set(configuration: Configuration) -> dict[str, str]:
    """What is configured, for the log; of several tables their names."""
    if "" in configuration.queues:
        return {name: value for name, value in configuration.settings.shown().items() if value}
    return {"queues": ", ".join(configuration.queues), "workers": ", ".join(configuration.workers)}
