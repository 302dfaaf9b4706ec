"""The SDK, set up from the standard OTEL_* variables; its providers outlive the daemon, which exports what is left."""

import asyncio
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import partial
from importlib.metadata import entry_points
from typing import Any, Self

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.observer.asked import Signal, exporters
from sqsd_adapters.observer.otel.complaints import COMPLAINTS, Complaints
from sqsd_adapters.observer.otel.flush import flush
from sqsd_adapters.observer.otel.shared import METERS, TRACERS, Shared

FLUSH = 4.0  # seconds for the last export; an adapter gets five to close
SERVICE = "sqsd"  # OTEL_SERVICE_NAME, where nobody sets it

#: exporters that are installed, by name; each is to be loaded
Installed = Callable[[Signal], Mapping[str, Any]]


def _installed(signal: Signal) -> Mapping[str, Any]:
    return {point.name: point for point in entry_points(group=f"opentelemetry_{signal.lower()}_exporter")}


class SdkProviders:
    """Samplers, batches, intervals and addresses are the SDK's own, and so are their variables.

    A program that has set a tracer provider or a meter provider keeps it, and the daemon uses it. Nothing is shut down
    here: neither the program's providers, nor ours, which other daemons of this process and its jobs go on using.
    """

    tracers: trace.TracerProvider
    meters: metrics.MeterProvider

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        default: bool,
        installed: Installed = _installed,
        shared_tracers: Shared[trace.TracerProvider] = TRACERS,
        shared_meters: Shared[metrics.MeterProvider] = METERS,
        complaints: Complaints = COMPLAINTS,
    ) -> None:
        """``default``: whether a signal that no variable mentions is exported over OTLP."""
        self._environ = environ
        self._default = default
        self._installed = installed
        self._tracers = shared_tracers
        self._meters = shared_meters
        self._complaints = complaints
        self._ours: list[TracerProvider | MeterProvider] = []

    @property
    def problems(self) -> Iterator[str]:
        """Exporters that are not installed, each with its variable."""
        for signal in ("TRACES", "METRICS"):
            known = self._installed(signal)
            for name in exporters(self._environ, signal, default=self._default):
                if name not in known:
                    yield f"OTEL_{signal}_EXPORTER: {name!r} is not installed; installed are {', '.join(sorted(known))}"

    async def __aenter__(self) -> Self:
        """Raises ConfigurationError where the SDK does not take what a variable says."""
        self._complaints.begin()
        try:
            self._set_up()
        except Exception as error:
            self._complaints.end()
            raise ConfigurationError(f"OpenTelemetry rejects an OTEL_* variable: {error}") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        flushes = (partial(provider.force_flush, int(FLUSH * 1_000)) for provider in self._ours)
        await asyncio.gather(*(flush(work, within=FLUSH) for work in flushes))
        self._complaints.end()

    def _set_up(self) -> None:
        tracers, meters = self._tracers.programs, self._meters.programs
        # a program that set up one signal has chosen where telemetry goes: the other one needs a variable
        default = self._default and tracers is None and meters is None
        self.tracers = tracers or self._our_tracers(default=default)
        self.meters = meters or self._our_meters(default=default)
        # for what a job in this process does
        for provider in self._ours:
            if isinstance(provider, TracerProvider):
                self._tracers.offer(provider)
            else:
                self._meters.offer(provider)

    def _our_tracers(self, *, default: bool) -> trace.TracerProvider:
        names = exporters(self._environ, "TRACES", default=default)
        if not names:
            return trace.NoOpTracerProvider()
        made = self._tracers.get(self._key(names), lambda: _tracer_provider(self._made("TRACES", names)))
        self._ours.append(made)
        return made

    def _our_meters(self, *, default: bool) -> metrics.MeterProvider:
        names = exporters(self._environ, "METRICS", default=default)
        if not names:
            return metrics.NoOpMeterProvider()
        made = self._meters.get(self._key(names), lambda: _meter_provider(self._made("METRICS", names)))
        self._ours.append(made)
        return made

    def _key(self, names: Sequence[str]) -> Hashable:
        """What our providers of a signal depend on."""
        variables = {name: value for name, value in self._environ.items() if name.startswith("OTEL_")}
        return tuple(names), frozenset(variables.items())

    def _made(self, signal: Signal, names: Sequence[str]) -> list[Any]:
        known = self._installed(signal)
        return [known[name].load()() for name in names]


def _tracer_provider(made: Sequence[Any]) -> TracerProvider:
    tracers = TracerProvider(resource=_resource(), shutdown_on_exit=False)
    for exporter in made:
        tracers.add_span_processor(BatchSpanProcessor(exporter))
    return tracers


def _meter_provider(made: Sequence[Any]) -> MeterProvider:
    """Each is an exporter, or a reader such as Prometheus's."""
    readers = [each if isinstance(each, MetricReader) else PeriodicExportingMetricReader(each) for each in made]
    return MeterProvider(resource=_resource(), metric_readers=readers, shutdown_on_exit=False)


def _resource() -> Resource:
    found = Resource.create()
    unnamed = str(found.attributes.get(SERVICE_NAME, "")).startswith("unknown_service")
    return found.merge(Resource({SERVICE_NAME: SERVICE})) if unnamed else found
