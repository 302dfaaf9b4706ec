"""What tells of the daemon beyond its monitors: systemd, ECS and OpenTelemetry, each only where it is asked for."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from urllib.parse import urlsplit

from sqsd_adapters.cli.assembly.arguments import lazy
from sqsd_adapters.cli.assembly.parts import Opening, QueuePart, WorkerPart
from sqsd_adapters.cli.assembly.protecting import AGENT, is_protected, make_agent, make_protection
from sqsd_adapters.cli.configuration.given import Protection
from sqsd_adapters.cli.settings.selections import queue_kind
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.cli.values.urls import masked
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.observer.asked import exporters, is_disabled
from sqsd_adapters.transport.exchange import Exchange
from sqsd_core import Message, Monitor, Observer, Queue

SOCKET = "NOTIFY_SOCKET"


class Watching(Opening):
    """The observers of one daemon, and what they put around its queues.

    Made without I/O, and opened before everything else; ``problems`` says first what does not work. ``supervised``:
    the process is the daemon's alone, so its service manager is told about it. ``protection`` is the parent's, where
    this is one process of several.
    """

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str] = os.environ,
        *,
        supervised: bool = False,
        protection: Protection | None = None,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._environ = environ
        self._clock: Any = lazy("clock.system:SystemClock")()
        self._systemd = self._make_systemd() if supervised else None
        protected = is_protected(settings, environ)
        self._agent = make_agent(environ) if protected and protection is None else None
        self._protection: Any = self._agent and self._make_protection()
        self._guard = (protection or self._protection) if protected else None
        self._providers = self._make_providers()
        self._telemetry = self._make_telemetry()

    @property
    def problems(self) -> Iterator[str]:
        """What has to be fixed first, each with the name of its variable."""
        if self._settings.ECS_TASK_PROTECTION == "on" and not self._environ.get(AGENT):
            yield f"ECS_TASK_PROTECTION=on: {AGENT} is not set, as it is in a task of ECS; set off or auto"
        if self._providers is not None:
            yield from self._providers.problems

    @property
    def observers(self) -> list[Observer]:
        return [part for part in (self._systemd, self._protection, self._telemetry) if part is not None]

    @property
    def adapters(self) -> Iterable[object]:
        return [self._systemd, self._agent, self._protection, self._providers, self._telemetry]

    def watch(self, monitor: Monitor) -> None:
        """Let the observers read the state of the daemon."""
        for part in (self._systemd, self._protection):
            if part is not None:
                part.watch(monitor)

    def queue(self, part: QueuePart) -> Queue:
        """The queue as the daemon should use it."""
        queue: Queue = part.parts.queue()
        if self._telemetry is not None:
            settings = part.table.settings
            self._telemetry.join(part.name, _destination(settings, queue.name), opened=_opened(settings))
        if self._guard is None:
            return queue
        guard: Any = lazy("observer.ecs:GuardedQueue")
        guarded: Queue = guard(queue=queue, protection=self._guard)
        return guarded

    def exchange(self, part: WorkerPart) -> Exchange:
        """The way to the worker as invokers should use it."""
        exchange: Exchange = part.parts.exchange()
        if self._telemetry is None:
            return exchange
        trace: Any = lazy("observer.otel:TracedExchange")
        traced: Exchange = trace(exchange=exchange, telemetry=self._telemetry, url=part.table.settings.INVOKER_URL)
        return traced

    def reloading(self) -> AbstractContextManager[None]:
        """Enter it while the configuration is read again."""
        if self._systemd is None:
            return nullcontext()
        reloading: AbstractContextManager[None] = self._systemd.reloading()
        return reloading

    def _make_systemd(self) -> Any:  # noqa: ANN401 - imported only where it is used
        if not self._environ.get(SOCKET):
            return None
        return lazy("observer.systemd:systemd")(environ=self._environ, pid=os.getpid(), clock=self._clock)

    def _make_protection(self) -> Any:  # noqa: ANN401 - as above
        return make_protection(self._agent, clock=self._clock)

    def _make_providers(self) -> Any:  # noqa: ANN401 - as above
        switch = self._settings.OPENTELEMETRY
        exporting = [exporters(self._environ, signal, default=switch == "on") for signal in ("TRACES", "METRICS")]
        if switch == "off" or is_disabled(self._environ) or not any(exporting):
            return None
        try:
            return lazy("observer.otel:SdkProviders")(environ=self._environ, default=switch == "on")
        except ModuleNotFoundError as error:
            asks = (
                "OPENTELEMETRY=on needs" if switch == "on" else "an OTEL_* variable asks for OpenTelemetry, which needs"
            )
            fix = "pip install 'sqsd[otel]', or set OPENTELEMETRY=off"
            raise ConfigurationError(f"{asks} the extra otel: {fix}") from error

    def _make_telemetry(self) -> Any:  # noqa: ANN401 - as above
        return self._providers and lazy("observer.otel:Telemetry")(
            providers=self._providers, clock=self._clock, parent=self._settings.OPENTELEMETRY_CONTEXT == "parent"
        )


def _opened(settings: Settings) -> Callable[[Message], Message] | None:
    """Takes messages out of their envelopes, in which the sender's context may be."""
    if settings.MESSAGE_ENVELOPE != "sns":
        return None
    unwrapped: Any = lazy("invoker.envelope.sns:unwrapped")
    return lambda message: unwrapped(message).message


def _destination(settings: Settings, name: str) -> object:
    """The queue as spans name it, without user and password."""
    place: Any = lazy("observer.otel:Destination")
    if queue_kind(settings) == "memory":
        return place(name=name)
    address = urlsplit(settings.SQS_ENDPOINT_URL or settings.QUEUE_URL)
    return place(name=name, url=masked(settings.QUEUE_URL), host=address.hostname or "", port=address.port)
