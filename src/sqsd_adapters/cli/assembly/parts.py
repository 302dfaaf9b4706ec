"""What a table of the configuration is made of, opened and closed as a whole."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from types import MappingProxyType
from typing import Any, Protocol

from dependency_injector import providers

from sqsd_adapters.cli.assembly import arguments, periodic
from sqsd_adapters.cli.assembly.container.queue import QueueParts
from sqsd_adapters.cli.assembly.container.worker import WorkerParts
from sqsd_adapters.cli.assembly.ensuring import ensure
from sqsd_adapters.cli.assembly.event_source import event_source
from sqsd_adapters.cli.configuration.configuration import QueueTable, WorkerTable
from sqsd_adapters.cli.configuration.given import NOTHING, Given
from sqsd_adapters.cli.settings import selections
from sqsd_adapters.lock_store.queue_identity import queue_identity
from sqsd_adapters.transport.address import request_target
from sqsd_adapters.transport.exchange import Exchange
from sqsd_core import Queue, QueuePlan, WorkerPlan
from sqsd_core.flow.troubles import about

CLOSE_TIMEOUT = 5.0  # seconds that one adapter may take to close

logger = logging.getLogger(__name__)


class Surroundings(Protocol):
    """Puts around adapters what watches them."""

    def queue(self, part: "QueuePart") -> Queue:
        """The queue as the daemon uses it."""
        ...

    def exchange(self, part: "WorkerPart") -> Exchange:
        """The way to the worker as invokers use it."""
        ...


class Opening:
    """Opens adapters in order, and closes them in the reverse order, each in bounded time."""

    def __init__(self, named: Mapping[str, str] = MappingProxyType({})) -> None:
        """Take the fields that every line of the log has: the queue or the worker that it is about."""
        self._named = named
        self._stack = AsyncExitStack()

    @property
    def adapters(self) -> Iterable[object]:
        """In the order of opening; those that need no opening as well."""
        return ()

    async def open(self) -> None:
        for adapter in self.adapters:
            if isinstance(adapter, AbstractAsyncContextManager):
                await self._stack.enter_async_context(_closed_in_time(adapter, self._named))

    async def close(self) -> None:
        """Close what was opened; again, it does nothing."""
        await self._stack.aclose()


class WorkerPart(Opening):
    """One worker."""

    def __init__(self, *, name: str, table: WorkerTable, given: Given = NOTHING) -> None:
        super().__init__(about(worker=name))
        self.name = name
        self.table = table
        self.parts: Any = WorkerParts(settings=table.settings, given=given.invoker, label=providers.Object(name))
        replace_clock(self.parts, given)

    @property
    def adapters(self) -> Iterable[object]:
        opened: Iterable[object] = self.parts.opened()
        return opened

    @property
    def plan(self) -> WorkerPlan:
        return WorkerPlan(
            name=self.name,
            invoker=None if self.parts.worker_kind() == "http" else self.parts.invoker(),
            probe=self.parts.probe(),
            healthy_first=self.parts.probe_kind() == "health",
            share=self.table.share,
            options=arguments.options(self.table.settings),
        )


class QueuePart(Opening):
    """One queue, with the worker that it feeds."""

    def __init__(
        self,
        *,
        name: str,
        table: QueueTable,
        worker: WorkerPart,
        given: Given = NOTHING,
        around: Surroundings | None = None,
    ) -> None:
        super().__init__(about(queue=name))
        self.name = name
        self.table = table
        self.worker = worker
        self.given = given
        self._around = around
        self.parts: Any = QueueParts(
            settings=table.settings,
            label=providers.Object(name),
            parents_locks=providers.Object(given.parents_locks),
        )
        replace_clock(self.parts, given)
        _replace(self.parts.queue, given.queue)
        _replace(self.parts.lock_store, given.lock_store)

    @property
    def adapters(self) -> Iterable[object]:
        return [adapter for adapter in self.parts.opened() if not self.given.made(adapter)]

    @property
    def plan(self) -> QueuePlan:
        return QueuePlan(
            name=self.name,
            queue=self.parts.queue() if self._around is None else self._around.queue(self),
            lock_store=self.parts.lock_store(),
            locker=self._locker,
            worker=self.worker.name,
            invoker=self._invoker,
            weight=self.table.weight,
            demand=self._demand,
            services=periodic.services(self.parts.scheduler()),
            obstacle=self._obstacle,
            cleaner=self.parts.cleaner(),
            options=arguments.options(self.table.settings),
        )

    def remember(self, former: "QueuePart") -> None:
        """Go on with the locks in memory of another part, if it is one of the same queue."""
        same = queue_identity(former.table.settings.QUEUE_URL) == queue_identity(self.table.settings.QUEUE_URL)
        if same and self.locks_in_memory and former.locks_in_memory:
            _replace(self.parts.lock_store, former.parts.lock_store())

    @property
    def locks_in_memory(self) -> bool:
        """Whether its locks are lost with it."""
        settings, given = self.table.settings, self.given
        return given.lock_store is None and selections.lock_store_kind(settings, given.parents_locks) == "memory"

    async def _demand(self) -> None:
        await ensure(self.parts.queue(), self.table.settings, label=self.name)

    @property
    def _locker(self) -> str:
        given = self.given.lock_store
        return self.table.settings.LOCKER if given is None else type(given).__name__

    @property
    def _obstacle(self) -> Callable[[], str] | None:
        payloads = self.parts.payloads()
        return None if payloads is None else lambda: str(payloads.obstacle)

    @property
    def _invoker(self) -> Any:  # noqa: ANN401 - made lazily
        """The queue's own invoker; None leaves it to the worker's."""
        own = self._http_invoker() if self.worker.parts.worker_kind() == "http" else None
        opener = self.parts.opener()
        if opener is None:
            return own
        return arguments.lazy("invoker.envelope.invoker:OpeningInvoker")(
            opener=opener, invoker=own or self.worker.parts.invoker()
        )

    def _http_invoker(self) -> Any:  # noqa: ANN401 - made lazily
        path = self.table.path
        return self.worker.parts.http_invoker(
            queue_name=self.parts.queue().name,
            label=self.name,
            source=event_source(self.table.settings),
            target=None if path is None else request_target(path),
            exchange=self.worker.parts.exchange() if self._around is None else self._around.exchange(self.worker),
        )


def replace_clock(parts: Any, given: Given) -> None:  # noqa: ANN401 - a container
    """Let the parts of a container read the clock that code brought along."""
    _replace(parts.clock, given.clock)


def _replace(provider: "providers.Provider[Any]", part: object) -> None:
    if part is not None:
        provider.override(providers.Object(part))


@asynccontextmanager
async def _closed_in_time(
    adapter: AbstractAsyncContextManager[object], named: Mapping[str, str]
) -> AsyncIterator[None]:
    await adapter.__aenter__()
    try:
        yield
    finally:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await adapter.__aexit__(None, None, None)
        except Exception:
            # the work is done: an adapter that hangs or fails here loses no message
            fields = {**named, "adapter": type(adapter).__name__}
            logger.warning("adapter did not close", extra=fields, exc_info=True)
