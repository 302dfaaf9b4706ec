"""Runs a daemon until a signal drains it: the lifetime of a process."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from sqsd_adapters.cli.assembly.assembly import Assembly
from sqsd_adapters.cli.assembly.checks import check
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.configuration.given import NOTHING, Given, demand_settings
from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.cli.lifetime.lifetime import Lifetime
from sqsd_adapters.cli.lifetime.reload import Reloading
from sqsd_adapters.cli.lifetime.rounds import Round
from sqsd_adapters.cli.lifetime.signals import on_reload, on_signals
from sqsd_adapters.cli.processes.count import demand_one_process
from sqsd_adapters.cli.processes.stops import Stops
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.job import Job
from sqsd_core import Clock, LockStore, Observer, Queue

if TYPE_CHECKING:
    from sqsd_adapters.cli.processes.child import Child


async def serve(
    settings: Settings,
    *,
    invoker: Job | None = None,
    queue: Queue | None = None,
    lock_store: LockStore | None = None,
    clock: Clock | None = None,
    observers: Sequence[Observer] = (),
) -> int:
    """Run until a signal drains the daemon; return 0, or 3 if jobs were cancelled or deletions were left unconfirmed.

    ``invoker`` takes precedence over INVOKER and INVOKER_URL: an Invoker, a function, or a class of either.
    ``queue``, ``lock_store`` and ``clock`` replace what the settings name; QUEUE_URL then still names the queue for
    locks and the log. ``observers`` are called for each event. You open and close the objects that you pass. The daemon
    opens and closes an invoker that is a class or a function.

    SIGTERM, SIGINT and SIGHUP drain; a second one releases everything at once. SIGUSR1 reads CRON_FILE again. ``serve``
    installs handlers for these signals only in the main thread, and restores the earlier handlers at the end. (It
    cannot restore a handler of uvloop's loop: the signal then has its default action.) Use ``Sqsd`` in a program that
    handles signals itself. Cancelling ``serve`` does not drain: it cancels the jobs and releases received messages,
    within 20 seconds.

    Raises:
        TypeError: an argument has the wrong type.
        ConfigurationError: a file, a module or an extra is missing, or no invoker is configured; names every problem.
        AddressInUse: another process listens on a port that is set.
        QueueRefused: the queue refuses the first calls, or (QueueNotFound) does not exist.
        Exception: the error that ended the daemon, if it crashed.
    """
    demand_settings(settings)
    demand_one_process(settings)
    given = Given(invoker=invoker, queue=queue, lock_store=lock_store, clock=clock, observers=observers)
    return await serve_tables(Configuration.of_one(settings), given=given)


async def serve_tables(
    configuration: Configuration,
    *,
    given: Given = NOTHING,
    reread: Callable[[], Configuration] | None = None,
    supervised: bool = False,
    child: "Child | None" = None,
) -> int:
    """Run several queues likewise.

    ``reread`` reads the configuration again on SIGUSR1. ``supervised``: the process is the daemon's alone, so its
    service manager is told about it. ``child`` is the way to the parent of several processes.
    """
    if child is not None:
        given = replace(given, parents_locks=child.locks, parents_protection=child.protection)
    assembly = Assembly(configuration, given=given, supervised=supervised)
    check(assembly)
    reloading = Reloading(assembly=assembly, daemon=assembly.daemon, reread=reread)
    lifetime = Lifetime(assembly, beside=reloading.run)
    stops = Stops(lifetime.request_drain)
    loop = asyncio.get_running_loop()
    with on_signals(loop, stops.signalled), on_reload(loop, _ignore if child else reloading.request):
        async with _obeying(child, assembly, stops.reach, reloading.begin):
            await _live(lifetime, child)
    return Exit.DONE if lifetime.drained.complete else Exit.CUT


def _ignore() -> None:
    """A process of several reloads when its parent says so, also if a signal reaches the whole group."""


def _obeying(
    child: "Child | None", assembly: Assembly, stop: Callable[[int], None], reload: Callable[[Round], None]
) -> AbstractAsyncContextManager[object]:
    if child is None:
        return nullcontext()
    return child.obeying(assembly.daemon, assembly.parts.history(), stop=stop, reload=reload)


async def _live(lifetime: Lifetime, child: "Child | None") -> None:
    try:
        await lifetime.start()
        if child is not None:
            child.started()
        await lifetime.ended()
    finally:
        await lifetime.cut()
