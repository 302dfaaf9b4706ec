"""The parent process: supervises, keeps the locks and answers the monitors; it receives and runs nothing itself."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from dependency_injector import providers

from sqsd_adapters.cli.assembly.arguments import host_and_process
from sqsd_adapters.cli.assembly.container.daemon import DaemonParts
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.lifetime.lifetime import shown
from sqsd_adapters.cli.lifetime.signals import on_reload, on_signals
from sqsd_adapters.cli.processes.ballot import Ballot
from sqsd_adapters.cli.processes.family import Family
from sqsd_adapters.cli.processes.histories import Histories
from sqsd_adapters.cli.processes.notify import notifying
from sqsd_adapters.cli.processes.patience import drain_patience
from sqsd_adapters.cli.processes.process import Starter
from sqsd_adapters.cli.processes.protection import protecting
from sqsd_adapters.cli.processes.reload import FamilyReload
from sqsd_adapters.cli.processes.supervisor import Supervisor
from sqsd_adapters.cli.settings.kept_files import KeptFiles
from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.lock_store.shared import LockServer
from sqsd_core import Plan
from sqsd_core.version import __version__

logger = logging.getLogger(__name__)


async def supervise(
    configuration: Configuration,
    *,
    files: KeptFiles,
    count: int,
    reread: Callable[[], Configuration],
    env_files: Mapping[Path, Collection[str]],
) -> int:
    """Run ``count`` processes until a signal drains them; returns the worst of their exit codes.

    ``files`` are those that the configuration was read from.

    Raises:
        ConfigurationError: a process cannot start; says why.
        AddressInUse: another process listens on the port of a monitor.
    """
    clock = SystemClock()
    logger.info("starting", extra={"version": __version__, **shown(configuration), "processes": count})
    locks = LockServer(clock=clock, sweep_interval=_sweep_interval(configuration))
    starter = Starter(locks=locks, files=files)
    supervisor = Supervisor(
        start=starter.start, count=count, patience=drain_patience(configuration), random=random.random
    )
    family = Family(supervisor=supervisor, configuration=configuration, clock=clock)
    reload = FamilyReload(
        supervisor=supervisor,
        family=family,
        ballot=Ballot(supervisor=supervisor, starter=starter),
        configuration=configuration,
        reread=reread,
        env_files=env_files,
    )
    loop = asyncio.get_running_loop()
    with on_signals(loop, supervisor.stop), on_reload(loop, reload.request):
        try:
            async with (
                notifying(family, supervisor=supervisor, clock=clock) as reload.reloading,
                protecting(configuration.settings, family=family, supervisor=supervisor, clock=clock),
                _monitors(configuration, family, supervisor),
            ):
                code = await _run(supervisor, reload.run(), family.run())
        finally:
            starter.close()
    logger.info("stopped", extra={"code": code})
    return code


async def _run(supervisor: Supervisor, *services: Coroutine[Any, Any, None]) -> int:
    try:
        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(service) for service in services]
            code = await supervisor.run()
            for task in beside:
                task.cancel()
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return code


@asynccontextmanager
async def _monitors(configuration: Configuration, family: Family, supervisor: Supervisor) -> AsyncIterator[None]:
    """Answer the gRPC monitor and the probes for all processes."""
    parts: Any = DaemonParts(settings=configuration.settings, plan=Plan(workers=(), queues=()))
    parts.daemon.override(providers.Object(family))
    histories = Histories(supervisor=supervisor, instance=host_and_process())
    parts.history.override(providers.Object(histories))
    async with AsyncExitStack() as stack:
        for monitor in (parts.monitor(), parts.probes()):
            if isinstance(monitor, AbstractAsyncContextManager):
                await stack.enter_async_context(monitor)
        yield


def _sweep_interval(configuration: Configuration) -> float:
    return min(queue.settings.UNLOCK_INTERVAL for queue in configuration.queues.values())
