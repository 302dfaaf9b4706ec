"""A daemon of the local tier: the parts of production, with the tier's queues, and watched on the way to the worker."""

from dataclasses import replace

from dependency_injector import providers

from sqsd_adapters.cli.assembly.arguments import queue_name
from sqsd_adapters.cli.assembly.assembly import Assembly
from sqsd_adapters.cli.assembly.parts import QueuePart, WorkerPart
from sqsd_adapters.cli.assembly.periodic import cron_tasks
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.values.headers import parse_headers
from sqsd_adapters.dev.invoker import WatchedExchange, WatchedInvoker
from sqsd_adapters.dev.tier import Tier
from sqsd_adapters.dev.worker_watch import WorkerWatch
from sqsd_core import Plan, QueuePlan


class DevAssembly(Assembly):
    """Builds everything and opens nothing."""

    def __init__(self, configuration: Configuration, *, tier: Tier) -> None:
        super().__init__(configuration)
        self._tier = tier
        for worker in self.workers.values():
            if worker.parts.worker_kind() == "http":
                _watch_exchange(worker)
        for queue in self.queues.values():
            self._connect(queue)

    @property
    def plan(self) -> Plan:
        plan = super().plan
        return replace(plan, queues=[self._watched(queue) for queue in plan.queues])

    @property
    def watches(self) -> list[WorkerWatch]:
        """One for each worker that is reached over HTTP."""
        return [
            WorkerWatch(
                probe=worker.parts.probe(),
                admission=self.daemon.crew.workers[name].admission,
                address=worker.table.settings.shown()["INVOKER_URL"],
            )
            for name, worker in self.workers.items()
            if worker.parts.worker_kind() == "http"
        ]

    def _connect(self, queue: QueuePart) -> None:
        view = self._tier.open_queue(queue_name(queue.table.settings))
        queue.parts.queue.override(providers.Object(view))
        queue.parts.lock_store.override(providers.Object(self._tier.watch_locks(queue.parts.lock_store())))
        if (path := queue.table.settings.CRON_FILE) is not None:
            self._tier.tasks.update({task.name: (view.name, task) for task in cron_tasks(path)})

    def _watched(self, queue: QueuePlan) -> QueuePlan:
        invoker = queue.invoker or self.workers[queue.worker].parts.invoker()
        return replace(queue, invoker=WatchedInvoker(invoker=invoker, ledger=self._tier.ledger))


def _watch_exchange(worker: WorkerPart) -> None:
    given = worker.table.settings.INVOKER_HEADERS
    names = [] if given is None else [name.encode() for name, _ in parse_headers(given.get_secret_value())]
    watched = WatchedExchange(exchange=worker.parts.exchange(), secret=frozenset(names))
    worker.parts.exchange.override(providers.Object(watched))
