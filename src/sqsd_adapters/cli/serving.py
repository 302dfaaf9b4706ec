"""Runs a daemon from its settings: opens the adapters, turns signals into a drain, closes in bounded time."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from sqsd_adapters.cli.checks import check
from sqsd_adapters.cli.container import Container
from sqsd_adapters.cli.ensuring import ensure
from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.cli.reload import Reload
from sqsd_adapters.cli.settings import Settings
from sqsd_adapters.cli.signals import on_reload, on_signals
from sqsd_core import Daemon, Invoker, Message
from sqsd_core.version import __version__

CLOSE_TIMEOUT = 5.0  # seconds that one adapter may take to close

logger = logging.getLogger(__name__)


async def serve(settings: Settings, *, invoker: Invoker | Callable[[Message], object] | None = None) -> int:
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
    container = Container(settings=settings, given=invoker)
    check(container)
    daemon = container.daemon()
    logger.info("starting", extra={"version": __version__, **_set(settings)})
    stopping = _Stopping(daemon)
    loop, reload = asyncio.get_running_loop(), Reload(settings=settings, scheduler=container.scheduler())
    with on_signals(loop, stopping.request), on_reload(loop, reload):
        async with AsyncExitStack() as stack:
            if not await stopping.lets(_start(container, stack)):
                return Exit.DONE
            cut_off = await daemon.run()
    unfinished = cut_off or daemon.unconfirmed
    fields = {"cut_off": cut_off, "unconfirmed_deletions": daemon.unconfirmed}
    logger.log(logging.WARNING if unfinished else logging.INFO, "stopped", extra=fields)
    return Exit.CUT if unfinished else Exit.DONE


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


async def _start(container: Container, stack: AsyncExitStack) -> None:
    for adapter in container.adapters():
        if isinstance(adapter, AbstractAsyncContextManager):
            await stack.enter_async_context(_closed_in_time(adapter))
    await ensure(container.queue(), container.settings())
    if container.probe_kind() == "health":
        await _wait_for_worker(container)


@asynccontextmanager
async def _closed_in_time(adapter: AbstractAsyncContextManager[object]) -> AsyncIterator[None]:
    await adapter.__aenter__()
    try:
        yield
    finally:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await adapter.__aexit__(None, None, None)
        except Exception:
            # the work is done by now; what hangs or fails here costs nobody a message
            logger.warning("adapter did not close", extra={"adapter": type(adapter).__name__}, exc_info=True)


async def _wait_for_worker(container: Container) -> None:
    """INVOKER_HEALTHCHECK_URL must answer 2xx before the first receive."""
    settings, probe = container.settings(), container.probe()
    pause = settings.BREAKER_COOLDOWN
    while not await probe.probe():
        if pause == settings.BREAKER_COOLDOWN:
            logger.warning("waiting for the worker's health check")
        await asyncio.sleep(pause)
        pause = min(2 * pause, settings.BREAKER_COOLDOWN_MAX)


def _set(settings: Settings) -> dict[str, str]:
    return {name: value for name, value in settings.shown().items() if value}
