"""The metrics of the semantic conventions for messaging."""

from functools import lru_cache

from opentelemetry.metrics import Meter

from sqsd_adapters.observer.otel import conventions as names
from sqsd_adapters.observer.otel.conventions import Destination


class Instruments:
    """Records durations in seconds; ``problem`` is the kind of an error, None for a success."""

    def __init__(self, meter: Meter) -> None:
        self._process = meter.create_histogram(
            names.PROCESS_DURATION,
            unit="s",
            description="Duration of processing a message.",
            explicit_bucket_boundaries_advisory=names.BUCKETS,
        )
        self._operations = meter.create_histogram(
            names.OPERATION_DURATION,
            unit="s",
            description="Duration of a call to SQS.",
            explicit_bucket_boundaries_advisory=names.BUCKETS,
        )
        self._consumed = meter.create_counter(
            names.CONSUMED, unit="{message}", description="Number of messages that were received."
        )

    def processed(self, destination: Destination, *, duration: float, problem: str | None) -> None:
        self._process.record(duration, _dimensions(destination, "process", "process", problem))

    def called(
        self, destination: Destination, operation: str, kind: str, *, duration: float, problem: str | None
    ) -> None:
        self._operations.record(duration, _dimensions(destination, operation, kind, problem))

    def received(self, destination: Destination, messages: int) -> None:
        self._consumed.add(messages, _dimensions(destination, "receive", "receive", None))


@lru_cache(maxsize=4_096)
def _dimensions(destination: Destination, operation: str, kind: str, problem: str | None) -> dict[str, str | int]:
    dimensions = destination.dimensions(operation, kind)
    return dimensions if problem is None else {**dimensions, names.ERROR_TYPE: problem}
