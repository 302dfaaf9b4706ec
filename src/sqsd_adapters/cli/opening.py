"""Opens what a daemon is made of, and waits for what must be true before the first receive."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack

from sqsd_adapters.cli.assembly import Assembly
from sqsd_adapters.cli.ensuring import ensure
from sqsd_adapters.cli.parts import WorkerPart

logger = logging.getLogger(__name__)


async def open_all(assembly: Assembly, stack: AsyncExitStack, *, waits: Callable[[], None]) -> None:
    """Open every adapter; ``stack`` closes them. ``waits`` is called when a worker's health check is waited for."""
    workers, queues = assembly.workers.values(), assembly.queues.values()
    for part in (assembly.watching, *queues, *workers, assembly):
        stack.push_async_callback(part.close)
        await part.open()
    for queue in queues:
        await ensure(queue.parts.queue(), queue.table.settings)
    async with asyncio.TaskGroup() as group:
        for worker in workers:
            if worker.parts.probe_kind() == "health":
                group.create_task(_wait_for(worker, waits), name=f"{worker.name}-health")


async def _wait_for(worker: WorkerPart, waits: Callable[[], None]) -> None:
    """INVOKER_HEALTHCHECK_URL must answer 2xx before the first receive."""
    settings, probe = worker.table.settings, worker.parts.probe()
    pause = settings.BREAKER_COOLDOWN
    while not await probe.probe():
        if pause == settings.BREAKER_COOLDOWN:
            fields = {"worker": worker.name} if worker.name else {}
            logger.warning("waiting for the worker's health check", extra=fields)
            waits()
        await asyncio.sleep(pause)
        pause = min(2 * pause, settings.BREAKER_COOLDOWN_MAX)
