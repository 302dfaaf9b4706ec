"""The SDK, set up from the standard OTEL_* variables and shut down in bounded time."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib.metadata import entry_points
from threading import Thread
from typing import Any, Self

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.observer.asked import Signal, exporters
from sqsd_adapters.observer.otel.complaints import Complaints
from sqsd_adapters.real_time import in_real_time

logger = logging.getLogger(__name__)

FLUSH = 4.0  # seconds for the last export; an adapter gets five to close
SERVICE = "sqsd"  # OTEL_SERVICE_NAME, where nobody sets it


class SdkProviders:
    """Samplers, batches, intervals and addresses are the SDK's own, and so are their variables.

    A program that embeds the daemon and has set a tracer provider keeps it: then nothing is set up here or shut down.
    """

    tracers: trace.TracerProvider
    meters: metrics.MeterProvider

    def __init__(self, *, environ: Mapping[str, str], default: bool) -> None:
        """``default``: whether a signal that no variable mentions is exported over OTLP."""
        self._environ = environ
        self._default = default
        self._complaints = Complaints()
        self._ours: list[TracerProvider | MeterProvider] = []

    @property
    def problems(self) -> Iterator[str]:
        """Exporters that are not installed, each with its variable."""
        for signal in ("TRACES", "METRICS"):
            known = _exporters(signal)
            for name in self._exporters(signal):
                if name not in known:
                    yield f"OTEL_{signal}_EXPORTER: {name!r} is not installed; installed are {', '.join(sorted(known))}"

    async def __aenter__(self) -> Self:
        """Raises ConfigurationError where the SDK does not take what a variable says."""
        if not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            self.tracers, self.meters = trace.get_tracer_provider(), metrics.get_meter_provider()
            return self
        self._complaints.open()
        try:
            self._set_up()
        except Exception as error:
            self._complaints.close()
            raise ConfigurationError(f"OpenTelemetry rejects an OTEL_* variable: {error}") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(_within(FLUSH, provider.shutdown) for provider in self._ours))
        self._complaints.close()

    def _set_up(self) -> None:
        resource = Resource.create()
        if str(resource.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
            resource = resource.merge(Resource({SERVICE_NAME: SERVICE}))
        tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
        for make in self._made("TRACES"):
            tracers.add_span_processor(BatchSpanProcessor(make()))
        readers = [_reader(make()) for make in self._made("METRICS")]
        meters = MeterProvider(resource=resource, metric_readers=readers, shutdown_on_exit=False)
        self._ours = [tracers, meters]
        self.tracers, self.meters = tracers, meters
        # for what a job in this process does
        trace.set_tracer_provider(tracers)
        metrics.set_meter_provider(meters)

    def _exporters(self, signal: Signal) -> list[str]:
        return exporters(self._environ, signal, default=self._default)

    def _made(self, signal: Signal) -> Iterator[Any]:
        known = _exporters(signal)
        return (known[name].load() for name in self._exporters(signal))


def _exporters(signal: Signal) -> dict[str, Any]:
    return {point.name: point for point in entry_points(group=f"opentelemetry_{signal.lower()}_exporter")}


def _reader(exporter: Any) -> MetricReader:  # noqa: ANN401 - an exporter, or a reader such as Prometheus's
    return exporter if isinstance(exporter, MetricReader) else PeriodicExportingMetricReader(exporter)


async def _within(seconds: float, work: Callable[[], object]) -> None:
    """Do it in a thread that nobody waits for longer: a collector that is away must not keep the daemon."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def run() -> None:
        try:
            work()
        finally:
            _tell(loop, done)

    Thread(target=run, name="telemetry-shutdown", daemon=True).start()
    try:
        with in_real_time():
            async with asyncio.timeout(seconds):
                await done.wait()
    except TimeoutError:
        logger.warning("telemetry lost at the end", extra={"reason": f"not exported within {seconds:g} s"})


def _tell(loop: asyncio.AbstractEventLoop, done: asyncio.Event) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(done.set)
