"""A daemon from its configuration: one part for each table, and what there is one of."""

from collections.abc import Iterable
from typing import Any

from dependency_injector import providers

from sqsd_adapters.cli.assembly.container.daemon import DaemonParts
from sqsd_adapters.cli.assembly.parts import Opening, QueuePart, WorkerPart, replace_clock
from sqsd_adapters.cli.assembly.start import Start
from sqsd_adapters.cli.assembly.watching import Watching
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.configuration.given import NOTHING, Given
from sqsd_core import Daemon, Plan


class Assembly(Opening):
    """Builds everything and opens nothing. The containers are its own: overriding their providers concerns no other."""

    def __init__(self, configuration: Configuration, *, given: Given = NOTHING, supervised: bool = False) -> None:
        super().__init__()
        self.configuration = configuration
        self.given = given
        self.watching = Watching(configuration.settings, supervised=supervised, protection=given.parents_protection)
        #: is told when the queues have answered
        self.start = Start()
        self.workers = {
            name: WorkerPart(name=name, table=table, given=given) for name, table in configuration.workers.items()
        }
        self.queues = {
            name: QueuePart(
                name=name,
                table=table,
                worker=self.workers[table.worker],
                given=given,
                around=self.watching,
            )
            for name, table in configuration.queues.items()
        }
        #: what there is one of
        self.parts: Any = DaemonParts(
            settings=configuration.settings,
            plan=providers.Callable(lambda: self.plan),
            watching=providers.Object((self.start, *self.watching.observers, *given.observers)),
        )
        replace_clock(self.parts, given)

    @property
    def plan(self) -> Plan:
        settings = self.configuration.settings
        several = any(self.configuration.queues)
        set_by_user = "DRAIN_TIMEOUT" in settings.model_fields_set
        return Plan(
            workers=[worker.plan for worker in self.workers.values()],
            queues=[queue.plan for queue in self.queues.values()],
            # with several workers, the longest job decides where nobody does
            drain_timeout=settings.DRAIN_TIMEOUT if set_by_user or not several else None,
        )

    @property
    def adapters(self) -> Iterable[object]:
        """What there is one of and must be opened."""
        return (*self.parts.own_observers(), *self.parts.opened())

    @property
    def daemon(self) -> Daemon:
        daemon: Daemon = self.parts.daemon()
        self.watching.watch(daemon)
        return daemon
