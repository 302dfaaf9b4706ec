"""Applies a changed ``sqsd.toml`` to a running daemon, without dropping work."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqsd_adapters.cli.assembly.assembly import Assembly
from sqsd_adapters.cli.assembly.checks import check
from sqsd_adapters.cli.assembly.ensuring import ensure
from sqsd_adapters.cli.assembly.parts import Opening, QueuePart, WorkerPart
from sqsd_adapters.cli.configuration.configuration import OF_DAEMON, Changes, Configuration, differing
from sqsd_adapters.cli.lifetime.cron_reload import Reread, apply_cron_file, reread_cron_files
from sqsd_adapters.cli.lifetime.rounds import REFUSED, Alone, Round
from sqsd_core import Daemon
from sqsd_core.errors import QueueUnavailable
from sqsd_core.flow.source.source import Source
from sqsd_core.flow.worker.worker import Worker

PATIENCE = 2.0  # seconds that a reload waits for the answers of the queues that join
CRON_REFUSED = "CRON_FILE not applied"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What a reload applies, once that is decided; everything is open."""

    configuration: Configuration
    changes: Changes
    workers: Mapping[str, WorkerPart]
    queues: Mapping[str, QueuePart]
    tasks: Sequence[Reread]

    @property
    def opened(self) -> Sequence[Opening]:
        return (*self.workers.values(), *self.queues.values())


class Reloading:
    """One reload at a time; what leaves finishes in the background.

    A configuration with a problem changes nothing, and the log says why. Of several processes, the parent says when to
    reload, and whether all of them apply it.
    """

    def __init__(self, *, assembly: Assembly, daemon: Daemon, reread: Callable[[], Configuration] | None) -> None:
        self._configuration = assembly.configuration
        self._watching = assembly.watching
        self._workers, self._queues = dict(assembly.workers), dict(assembly.queues)
        self._daemon = daemon
        self._reread = reread
        self._given = assembly.given
        self._rounds: asyncio.Queue[Round] = asyncio.Queue()
        #: parts that joined later and may still be open
        self._joined: list[Opening] = []

    def request(self) -> None:
        """Reload soon; called from a signal."""
        if self._rounds.empty():
            self._rounds.put_nowait(Alone())

    def begin(self, asked: Round) -> None:
        """Reload soon, as the parent has asked for."""
        self._rounds.put_nowait(asked)

    async def run(self) -> None:
        """Reload whenever it is asked for, until cancelled; then close what joined."""
        try:
            async with asyncio.TaskGroup() as leaving:
                while True:
                    asked = await self._rounds.get()
                    with self._watching.reloading(), asked.files.used():
                        await self._reload(asked, leaving)
        finally:
            for part in reversed(self._joined):
                await part.close()

    async def _reload(self, asked: Round, leaving: asyncio.TaskGroup) -> None:
        prepared = await self._prepared(asked)
        opened = [] if prepared is None else prepared.opened
        self._joined.extend(opened)
        if not await asked.decided():
            for part in reversed(opened):
                await self._close(part)
        elif prepared is not None:
            await self._apply(prepared, leaving)

    async def _prepared(self, asked: Round) -> Prepared | None:
        """Read and open everything, and say whether that worked."""
        try:
            prepared = await self._prepare()
        except Exception as error:  # noqa: BLE001 - an invoker of the user's may raise anything when it is opened
            asked.refuse(CRON_REFUSED if self._reread is None else REFUSED, error)
            return None
        asked.accept()
        return prepared

    async def _prepare(self) -> Prepared:
        new = self._configuration
        if self._reread is not None:
            new = self._reread()
            check(Assembly(new, given=self._given))
        changes = Changes.between(self._configuration, new)
        tasks = [*reread_cron_files(self._queues[name] for name in self._queues.keys() - changes.queues_left)]
        workers, queues = await self._open(new, changes)
        return Prepared(configuration=new, changes=changes, workers=workers, queues=queues, tasks=tasks)

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
        return workers, queues

    async def _apply(self, prepared: Prepared, leaving: asyncio.TaskGroup) -> None:
        if self._reread is not None:
            warn_of_what_stays(self._configuration, prepared.configuration)
            self._configuration = prepared.configuration
            await self._exchange(prepared, leaving)
            _say_reloaded(prepared.changes)
        elif not prepared.tasks:
            logger.info("nothing to reload", extra={"reason": "there is no configuration file and no CRON_FILE"})
        for queue, tasks in prepared.tasks:
            apply_cron_file(queue, tasks)

    async def _exchange(self, prepared: Prepared, leaving: asyncio.TaskGroup) -> None:
        """Let workers and queues leave and join."""
        changes, workers, queues = prepared.changes, prepared.workers, prepared.queues
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


def warn_of_what_stays(old: Configuration, new: Configuration, *, but: Collection[str] = ()) -> None:
    """Name the variables that a running daemon does not apply."""
    names = differing(old.settings, new.settings) & OF_DAEMON - {*but}
    if "DRAIN_TIMEOUT" not in old.settings.model_fields_set | new.settings.model_fields_set:
        names -= {"DRAIN_TIMEOUT"}  # it follows the longest job, also after a reload
    if names:
        logger.warning("changed variables need a restart", extra={"variables": sorted(names)})


def _say_reloaded(changes: Changes) -> None:
    logger.info(
        "reloaded",
        extra={
            "joined": sorted(changes.queues_joined - changes.queues_left),
            "left": sorted(changes.queues_left - changes.queues_joined),
            "changed": sorted(changes.queues_joined & changes.queues_left),
        },
    )


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
