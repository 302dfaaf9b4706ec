"""What /metrics answers: the daemon's metrics and the process's, in the format that the scraper asks for."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from sqsd_adapters.monitor.metrics import families
from sqsd_core.ports.monitor import Monitor


class Exposition:
    """Looks at the daemon once per answer."""

    def __init__(self, *, monitor: Monitor) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Snapshots(monitor))
        for collect in (ProcessCollector, PlatformCollector, GCCollector):
            collect(registry=self._registry)

    def answer(self, accept: str) -> tuple[bytes, str]:
        """The body and its Content-Type: OpenMetrics where ``accept`` asks for it, else Prometheus' text."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


class _Snapshots(Collector):
    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def collect(self) -> Iterable[Metric]:
        return families(self._monitor.snapshot(), self._monitor.depths())

    def describe(self) -> Iterable[Metric]:
        return ()  # the registry would look at the daemon to learn the names
