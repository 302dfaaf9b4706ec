"""A daemon from its configuration: one part for each table, and what there is one of."""

from collections.abc import Iterable
from typing import Any

from sqsd_adapters.cli.configuration import Configuration
from sqsd_adapters.cli.container import DaemonParts
from sqsd_adapters.cli.parts import Opening, QueuePart, WorkerPart
from sqsd_core import Daemon, Plan


class Assembly(Opening):
    """Builds everything and opens nothing; ``given`` is the Invoker or callable that code brings along."""

    def __init__(self, configuration: Configuration, *, given: object = None) -> None:
        super().__init__()
        self.configuration = configuration
        self.workers = {
            name: WorkerPart(name=name, table=table, given=given) for name, table in configuration.workers.items()
        }
        self.queues = {
            name: QueuePart(name=name, table=table, worker=self.workers[table.worker])
            for name, table in configuration.queues.items()
        }
        self._parts: Any = None

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
    def parts(self) -> Any:  # noqa: ANN401 - a container
        """What there is one of."""
        if self._parts is None:
            self._parts = DaemonParts(settings=self.configuration.settings, plan=self.plan)
        return self._parts

    @property
    def adapters(self) -> Iterable[object]:
        """What there is one of and must be opened."""
        opened: Iterable[object] = self.parts.opened()
        return opened

    @property
    def daemon(self) -> Daemon:
        daemon: Daemon = self.parts.daemon()
        return daemon
