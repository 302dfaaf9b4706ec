"""Telemetry into memory, and a daemon that is traced in virtual time."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    InMemoryMetricReader,
    MetricExporter,
    MetricExportResult,
    MetricsData,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


class Memory:
    """Providers that keep everything."""

    def __init__(self) -> None:
        self._spans = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.tracers = TracerProvider(shutdown_on_exit=False)
        self.tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        self.meters = MeterProvider(metric_readers=[self._reader], shutdown_on_exit=False)

    def spans(self, name: str = "") -> list[ReadableSpan]:
        """Those that have ended and whose name begins so, in the order of their ends."""
        return [span for span in self._spans.get_finished_spans() if span.name.startswith(name)]

    def points(self, name: str) -> list[tuple[Mapping[str, Any], Any]]:
        """Attributes and value of a metric: a sum, or the count of a histogram."""
        data = self._reader.get_metrics_data()
        if data is None:
            return []
        metrics = [
            metric for resource in data.resource_metrics for scope in resource.scope_metrics for metric in scope.metrics
        ]
        return [
            (dict(point.attributes or {}), getattr(point, "count", None) or getattr(point, "value", None))
            for metric in metrics
            if metric.name == name
            for point in metric.data.data_points
        ]


class KeptMetrics(MetricExporter):
    """Keeps the names of the metrics that were exported."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.ended = False

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_: Any) -> MetricExportResult:
        for resource in metrics_data.resource_metrics:
            for scope in resource.scope_metrics:
                self.names.update(metric.name for metric in scope.metrics)
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return True

    def shutdown(self, timeout_millis: float = 30_000, **_: Any) -> None:
        self.ended = True
