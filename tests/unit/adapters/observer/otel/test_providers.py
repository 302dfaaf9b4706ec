"""Who makes the providers of a process, who uses them, and what is exported when a daemon ends."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.observer.otel.complaints import Complaints
from sqsd_adapters.observer.otel.flush import flush
from sqsd_adapters.observer.otel.providers import SdkProviders
from sqsd_adapters.observer.otel.shared import Shared
from sqsd_adapters.testing.virtual_time import VirtualTimeLoop
from tests.support.telemetry import KeptMetrics, Memory

#: milliseconds: nothing is exported but what a daemon exports at its end
NEVER = {"OTEL_BSP_SCHEDULE_DELAY": "3600000", "OTEL_METRIC_EXPORT_INTERVAL": "3600000"}
BOTH = {"OTEL_TRACES_EXPORTER": "memory", "OTEL_METRICS_EXPORTER": "memory"}


class Global:
    """The global provider of one signal, which is set once."""

    def __init__(self) -> None:
        self.provider: Any = None

    def set(self, provider: Any) -> None:
        assert self.provider is None, "OpenTelemetry refuses another one"
        self.provider = provider

    def shared(self) -> Shared[Any]:
        return Shared(current=lambda: self.provider, install=self.set)


class Process:
    """A process in which daemons run, and where their telemetry goes."""

    def __init__(self) -> None:
        self.tracers, self.meters = Global(), Global()
        self._shared = {"shared_tracers": self.tracers.shared(), "shared_meters": self.meters.shared()}
        self._complaints = Complaints()
        self.exporters: list[Any] = []

    def daemon(self, environ: Mapping[str, str] = BOTH, *, default: bool = False) -> SdkProviders:
        return SdkProviders(
            environ=environ, default=default, installed=self._installed, complaints=self._complaints, **self._shared
        )

    @property
    def spans(self) -> list[str]:
        """The names of what was exported."""
        return [span.name for each in self.exporters if isinstance(each, InMemorySpanExporter) for span in _of(each)]

    @property
    def metrics(self) -> set[str]:
        return {name for each in self.exporters if isinstance(each, KeptMetrics) for name in each.names}

    def _installed(self, signal: str) -> Mapping[str, Any]:
        kind: Any = InMemorySpanExporter if signal == "TRACES" else KeptMetrics
        return {name: SimpleNamespace(load=lambda: self._maker(kind)) for name in ("memory", "otlp_proto_grpc")}

    def _maker(self, kind: type) -> Any:
        def make() -> object:
            self.exporters.append(kind())
            return self.exporters[-1]

        return make


def _of(exporter: InMemorySpanExporter) -> tuple[Any, ...]:
    return exporter.get_finished_spans()


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    for name, value in NEVER.items():
        monkeypatch.setenv(name, value)  # the SDK reads its variables itself
    made = Process()
    yield made
    for provider in (made.tracers.provider, made.meters.provider):
        if provider is not None:
            provider.shutdown()


@asynccontextmanager
async def running(providers: SdkProviders) -> AsyncIterator[SdkProviders]:
    with real_time():  # the loop cannot see the threads that export
        async with providers:
            yield providers


def real_time() -> AbstractContextManager[None]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    return loop.in_real_time()


def work(providers: SdkProviders, name: str) -> None:
    with providers.tracers.get_tracer("sqsd").start_as_current_span(f"span of {name}"):
        providers.meters.get_meter("sqsd").create_counter(f"metric.{name}").add(1)


async def test_what_a_daemon_leaves_is_exported_at_its_end(process: Process) -> None:
    async with running(process.daemon()) as daemon:
        work(daemon, "one")
        assert process.spans == []
    assert process.spans == ["span of one"]
    assert process.metrics == {"metric.one"}


async def test_a_daemon_that_starts_after_another_one_has_ended_exports_as_well(process: Process) -> None:
    for name in ("one", "two"):
        async with running(process.daemon()) as daemon:
            work(daemon, name)
    assert process.spans == ["span of one", "span of two"]
    assert process.metrics == {"metric.one", "metric.two"}


async def test_a_daemon_goes_on_exporting_when_one_beside_it_ends(process: Process) -> None:
    async with AsyncExitStack() as stack:
        async with running(process.daemon()) as one:
            two = await stack.enter_async_context(running(process.daemon()))
            work(one, "one")
        work(two, "two")
    assert process.spans == ["span of one", "span of two"]
    assert process.metrics == {"metric.one", "metric.two"}
    assert len(process.exporters) == 2, "daemons of the same variables share their exporters"


async def test_what_a_job_got_from_the_global_providers_works_in_a_later_daemon(process: Process) -> None:
    async with running(process.daemon()):
        tracer = process.tracers.provider.get_tracer("job")
        counter = process.meters.provider.get_meter("job").create_counter("metric.job")
    async with running(process.daemon()):
        tracer.start_span("in the job").end()
        counter.add(1)
    assert process.spans == ["in the job"]
    assert process.metrics == {"metric.job"}


async def test_a_daemon_with_other_variables_has_providers_of_its_own(process: Process) -> None:
    async with running(process.daemon({"OTEL_TRACES_EXPORTER": "memory"})) as one:
        work(one, "one")
    async with running(process.daemon()) as two:
        work(two, "two")
    assert process.spans == ["span of one", "span of two"]
    assert process.metrics == {"metric.two"}


async def test_the_providers_of_the_program_are_used_and_not_shut_down(process: Process) -> None:
    memory = Memory()
    process.tracers.provider, process.meters.provider = memory.tracers, memory.meters
    for name in ("one", "two"):
        async with running(process.daemon()) as daemon:
            work(daemon, name)
    assert [span.name for span in memory.spans()] == ["span of one", "span of two"]
    assert memory.points("metric.one")
    assert memory.points("metric.two")
    assert process.exporters == []


@pytest.mark.parametrize(
    ("environ", "names"), [({}, set()), ({"OTEL_METRICS_EXPORTER": "memory"}, {"metric.one"})], ids=["none", "named"]
)
async def test_a_program_that_set_up_traces_alone_gets_metrics_where_a_variable_asks_for_them(
    process: Process, environ: Mapping[str, str], names: set[str]
) -> None:
    memory = Memory()
    process.tracers.provider = memory.tracers
    async with running(process.daemon(environ, default=True)) as daemon:
        work(daemon, "one")
    assert [span.name for span in memory.spans()] == ["span of one"]
    assert process.metrics == names


async def test_a_program_that_set_up_metrics_alone_keeps_them(process: Process) -> None:
    memory = Memory()
    process.meters.provider = memory.meters
    async with running(process.daemon()) as daemon:
        work(daemon, "one")
    assert process.spans == ["span of one"]
    assert memory.points("metric.one")
    assert process.metrics == set()


async def test_a_signal_that_is_off_leaves_the_global_provider_to_the_program(process: Process) -> None:
    async with running(process.daemon({"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "memory"})) as daemon:
        work(daemon, "one")
    assert process.tracers.provider is None
    assert isinstance(process.meters.provider, MeterProvider)


async def test_a_start_that_fails_makes_no_provider_global(process: Process) -> None:
    broken = {"OTEL_TRACES_EXPORTER": "memory", "OTEL_METRICS_EXPORTER": "unknown"}
    with pytest.raises(ConfigurationError, match=r"OpenTelemetry rejects an OTEL_\* variable"):
        async with process.daemon(broken):
            raise AssertionError("it started")
    assert process.tracers.provider is None


async def test_the_service_is_named_sqsd_where_no_variable_names_it(process: Process) -> None:
    async with running(process.daemon()):
        provider = process.tracers.provider
    assert isinstance(provider, TracerProvider)
    assert provider.resource.attributes["service.name"] == "sqsd"


async def test_an_export_that_takes_too_long_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    gate = threading.Event()
    await flush(gate.wait, within=4.0)
    gate.set()
    [record] = caplog.records
    assert (record.message, record.__dict__["reason"]) == ("telemetry lost at the end", "not exported within 4 s")


def refuse() -> bool:
    raise RuntimeError("reader\nis gone")


@pytest.mark.parametrize(
    ("fails", "reason"),
    [(refuse, "RuntimeError: reader\\x0ais gone"), (lambda: False, "the SDK could not export everything")],
    ids=["raises", "says no"],
)
async def test_an_export_that_fails_is_a_line_of_the_log(
    caplog: pytest.LogCaptureFixture, fails: Any, reason: str
) -> None:
    with real_time():
        await flush(fails, within=4.0)
    [record] = caplog.records
    assert (record.message, record.__dict__["reason"]) == ("telemetry lost at the end", reason)
