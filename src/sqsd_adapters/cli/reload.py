"""Applies a changed ``sqsd.toml`` to a running daemon, without dropping work."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from sqsd_adapters.cli.assembly import Assembly
from sqsd_adapters.cli.checks import check
from sqsd_adapters.cli.configuration import OF_DAEMON, Configuration, differing
from sqsd_adapters.cli.cron_reload import reread_cron_file
from sqsd_adapters.cli.ensuring import ensure
from sqsd_adapters.cli.parts import Opening, QueuePart, WorkerPart
from sqsd_core import Daemon
from sqsd_core.errors import QueueUnavailable, SqsdError
from sqsd_core.flow.source.source import Source
from sqsd_core.flow.worker.worker import Worker

PATIENCE = 2.0  # seconds that a reload waits for the answers of the queues that join

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a new configuration changes, by name; a queue whose worker changes is changed as well."""

    workers_left: frozenset[str]
    workers_joined: frozenset[str]
    queues_left: frozenset[str]
    queues_joined: frozenset[str]

    @classmethod
    def between(cls, old: Configuration, new: Configuration) -> "Changes":
        same_workers = {
            name for name, table in new.workers.items() if name in old.workers and table.equals(old.workers[name])
        }
        same_queues = {
            name
            for name, table in new.queues.items()
            if name in old.queues and table.worker in same_workers and table.equals(old.queues[name])
        }
        return cls(
            workers_left=frozenset(old.workers.keys() - same_workers),
            workers_joined=frozenset(new.workers.keys() - same_workers),
            queues_left=frozenset(old.queues.keys() - same_queues),
            queues_joined=frozenset(new.queues.keys() - same_queues),
        )


class Reloading:
    """One reload at a time; what leaves finishes in the background.

    A configuration with a problem changes nothing, and the log says why.
    """

    def __init__(self, *, assembly: Assembly, daemon: Daemon, reread: Callable[[], Configuration] | None) -> None:
        self._configuration = assembly.configuration
        self._watching = assembly.watching
        self._workers, self._queues = dict(assembly.workers), dict(assembly.queues)
        self._daemon = daemon
        self._reread = reread
        self._given = assembly.given
        self._requested = asyncio.Event()
        #: parts that joined later and may still be open
        self._joined: list[Opening] = []

    def request(self) -> None:
        """Reload soon; called from a signal."""
        self._requested.set()

    async def run(self) -> None:
        """Reload whenever it is asked for, until cancelled; then close what joined."""
        try:
            async with asyncio.TaskGroup() as leaving:
                while True:
                    await self._requested.wait()
                    self._requested.clear()
                    with self._watching.reloading():
                        await self._reload(leaving)
        finally:
            for part in reversed(self._joined):
                await part.close()

    async def _reload(self, leaving: asyncio.TaskGroup) -> None:
        if self._reread is not None and not await self._apply_file(self._reread, leaving):
            return
        reread = [reread_cron_file(queue) for queue in self._queues.values()]
        if self._reread is None and not any(reread):
            logger.info("nothing to reload", extra={"reason": "there is no configuration file and no CRON_FILE"})

    async def _apply_file(self, reread: Callable[[], Configuration], leaving: asyncio.TaskGroup) -> bool:
        """Apply the file; returns False where it is refused."""
        try:
            new = reread()
            check(Assembly(new, given=self._given))
            changes = Changes.between(self._configuration, new)
            workers, queues = await self._open(new, changes)
        except Exception as error:  # noqa: BLE001 - an invoker of the user's may raise anything when it is opened
            _log_refusal(error)
            return False
        _warn_of_what_stays(self._configuration, new)
        self._configuration = new
        await self._apply(changes, workers, queues, leaving)
        logger.info(
            "reloaded",
            extra={
                "joined": sorted(changes.queues_joined - changes.queues_left),
                "left": sorted(changes.queues_left - changes.queues_joined),
                "changed": sorted(changes.queues_joined & changes.queues_left),
            },
        )
        return True

    async def _open(self, new: Configuration, changes: Changes) -> tuple[dict[str, WorkerPart], dict[str, QueuePart]]:
        """Open what joins, and ask each queue; closes it again where something is wrong."""
        workers = {
            name: WorkerPart(name=name, table=new.workers[name], given=self._given) for name in changes.workers_joined
        }
        at_work = {**self._workers, **workers}
        queues = {
            name: QueuePart(
                name=name,
                table=table,
                worker=at_work[table.worker],
                given=self._given,
                around=self._watching,
            )
            for name, table in new.queues.items()
            if name in changes.queues_joined
        }
        for queue in queues.values():
            for former in self._queues.values():
                queue.remember(former)
        opened: list[Opening] = []
        try:
            for part in (*workers.values(), *queues.values()):
                opened.append(part)
                await part.open()
            await _demand_all(queues.values())
        except BaseException:
            for part in reversed(opened):
                await part.close()
            raise
        self._joined.extend(opened)
        return workers, queues

    async def _apply(
        self,
        changes: Changes,
        workers: dict[str, WorkerPart],
        queues: dict[str, QueuePart],
        leaving: asyncio.TaskGroup,
    ) -> None:
        crew = self._daemon.crew
        retired = [(crew.set_aside(name), self._workers.pop(name)) for name in changes.workers_left]
        for name, worker in workers.items():
            crew.add_worker(worker.plan)
            self._workers[name] = worker
        left = {name: self._queues.pop(name) for name in changes.queues_left}
        stopping = {name: leaving.create_task(crew.stop_queue(name), name=f"{name}-stop") for name in left}
        for name, queue in queues.items():
            if name in stopping:
                await stopping[name]
            crew.add_queue(queue.plan)
            self._queues[name] = queue
        parts = [(await stopped, left[name]) for name, stopped in stopping.items()]
        leaving.create_task(self._see_off(parts, retired), name="reload-leaving")

    async def _see_off(self, queues: list[tuple[Source, QueuePart]], workers: list[tuple[Worker, WorkerPart]]) -> None:
        """Close what has left once its last job has ended."""
        for source, part in queues:
            await source.ended.wait()
            await self._close(part)
        for worker, worker_part in workers:
            await self._daemon.crew.close_worker(worker)
            await self._close(worker_part)

    async def _close(self, part: Opening) -> None:
        await part.close()
        if part in self._joined:
            self._joined.remove(part)


def _warn_of_what_stays(old: Configuration, new: Configuration) -> None:
    names = differing(old.settings, new.settings) & OF_DAEMON
    if "DRAIN_TIMEOUT" not in old.settings.model_fields_set | new.settings.model_fields_set:
        names -= {"DRAIN_TIMEOUT"}  # it follows the longest job, also after a reload
    if names:
        logger.warning("changed variables need a restart", extra={"variables": sorted(names)})


def _log_refusal(error: Exception) -> None:
    expected = isinstance(error, SqsdError)
    reason = str(error) if expected else f"{type(error).__name__}: {error}"
    exc_info = None if expected else error
    logger.error("reload refused, nothing has changed", extra={"reason": reason}, exc_info=exc_info)


async def _demand_all(queues: Iterable[QueuePart]) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for queue in queues:
                group.create_task(_demand(queue), name=f"{queue.name}-demand")
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def _demand(queue: QueuePart) -> None:
    """Raise QueueRefused where the queue does not exist or turns us away; one that does not answer may do so later."""
    with suppress(QueueUnavailable, TimeoutError):  # its source asks again, and says so
        async with asyncio.timeout(PATIENCE):
            # before the question: it may create the queue
            await ensure(queue.parts.queue(), queue.table.settings, label=queue.name)
            await queue.parts.queue().describe()
