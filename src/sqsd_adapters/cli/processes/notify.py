"""Tells systemd of all processes, from their parent."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Any

from sqsd_adapters.cli.assembly.arguments import lazy
from sqsd_adapters.cli.processes.family import Family
from sqsd_adapters.cli.processes.supervisor import Supervisor
from sqsd_adapters.cli.processes.watchdog import Watchdog
from sqsd_core import Clock

LOOK = 0.5  # seconds between two looks at the processes, which tell nothing by themselves

Reloading = Callable[[], AbstractContextManager[None]]


@asynccontextmanager
async def notifying(family: Family, *, supervisor: Supervisor, clock: Clock) -> AsyncIterator[Reloading]:
    """Tell systemd, if it wants to be told; gives what is entered during a reload."""
    systemd: Any = lazy("observer.systemd:systemd")(environ=os.environ, pid=os.getpid(), clock=clock)
    if systemd is None:
        yield nullcontext
        return
    systemd.watch(family)
    watchdog = Watchdog(supervisor=supervisor, limit=systemd.watchdog)
    try:
        async with systemd, asyncio.TaskGroup() as group:
            looking = group.create_task(_look(systemd, family, watchdog), name="systemd")
            yield systemd.reloading
            looking.cancel()
    except BaseExceptionGroup as errors:  # what the caller's block raises is raised as it is
        raise errors.exceptions[0] from errors


async def _look(systemd: Any, family: Family, watchdog: Watchdog) -> None:  # noqa: ANN401 - imported only where it is used
    while True:
        await family.refresh()
        watchdog.look()
        systemd.look()
        await asyncio.sleep(LOOK)
