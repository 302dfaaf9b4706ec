"""The observer that turns what happens to messages into spans and metrics."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, Self

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, Tracer, TracerProvider

from sqsd_adapters.observer.otel import conventions as names
from sqsd_adapters.observer.otel.conventions import Destination
from sqsd_adapters.observer.otel.instruments import Instruments
from sqsd_adapters.observer.otel.problems import problem_of
from sqsd_adapters.observer.otel.propagation import EMPTY, context_of
from sqsd_core.errors import QueueError
from sqsd_core.message import Message, ReceiptHandle
from sqsd_core.outcome import Outcome
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.observer import Ending, Observer
from sqsd_core.version import __version__

NANOSECONDS = 1_000_000_000
NAME = "sqsd"


class Providers(Protocol):
    """Where spans and metrics go; open."""

    @property
    def tracers(self) -> TracerProvider: ...
    @property
    def meters(self) -> MeterProvider: ...


@dataclass(slots=True)
class _Place:
    """A queue, with what all of its spans have in common."""

    destination: Destination
    #: takes a message out of its envelope; None where there are none
    opened: Callable[[Message], Message] | None = None
    process: dict[str, str | int] = field(init=False)
    #: seconds that the last receive took
    receive: float = 0.0

    def __post_init__(self) -> None:
        self.process = self.destination.attributes("process", "process")


class Telemetry(Observer):
    """One span per job, per receive that brought messages, per deletion and per call that failed.

    The span of a job is the current one in the slot that runs it, so that what the job does becomes part of it. It
    links to the sender's span; ``parent`` makes that its parent. While a message waits for a slot there is no span.
    """

    def __init__(self, *, providers: Providers, clock: Clock, parent: bool = False) -> None:
        """``providers`` are open before this is."""
        self._providers = providers
        self._clock = clock
        self._parent = parent
        self._places: dict[str, _Place] = {}
        self._running: dict[ReceiptHandle, tuple[Span, float]] = {}

    async def __aenter__(self) -> Self:
        self.tracer: Tracer = self._providers.tracers.get_tracer(NAME, __version__, schema_url=names.SCHEMA)
        self._instruments = Instruments(self._providers.meters.get_meter(NAME, __version__, schema_url=names.SCHEMA))
        return self

    async def __aexit__(self, *_: object) -> None:
        pass  # what is still to be exported is the providers'

    def join(self, queue: str, destination: Destination, *, opened: Callable[[Message], Message] | None = None) -> None:
        """Name a queue before its first event; ``queue`` is the name that the events have.

        ``opened`` takes its messages out of their envelopes, in which the context of the sender may be.
        """
        self._places[queue] = _Place(destination, opened)

    def called(self, queue: str, operation: str, duration: float, error: QueueError | None) -> None:
        if operation not in names.OPERATIONS:
            return
        place, (name, kind) = self._places[queue], names.OPERATIONS[operation]
        problem = None if error is None else type(error).__name__
        self._instruments.called(place.destination, name, kind, duration=duration, problem=problem)
        if name == "receive" and error is None:
            place.receive = duration  # its span waits for the number of messages
        elif name == "delete" or error is not None:
            self._call(place, name, kind, duration=duration, problem=problem)

    def received(self, queue: str, messages: int) -> None:
        if messages:
            place = self._places[queue]
            self._instruments.received(place.destination, messages)
            self._call(place, "receive", "receive", duration=place.receive, messages=messages)

    def started(self, queue: str, message: Message, at: float) -> None:
        place = self._places[queue]
        sender = context_of(message if place.opened is None else place.opened(message))
        linked = trace.get_current_span(sender).get_span_context()
        links = [] if self._parent or not linked.is_valid else [Link(linked)]
        span = self.tracer.start_span(
            f"process {place.destination.name}",
            context=EMPTY if links else sender,
            kind=SpanKind.CONSUMER,
            attributes={**place.process, names.MESSAGE_ID: message.id, names.RECEIVE_COUNT: message.receive_count},
            links=links,
            start_time=int(at * NANOSECONDS),
        )
        self._running[message.receipt] = span, self._clock.monotonic()
        contexts.attach(trace.set_span_in_context(span, sender))  # with the sender's baggage

    def settled(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        span, _ = self._running[message.receipt]
        span.set_attribute(names.OUTCOME, type(outcome).__name__)
        if ending.again is not None:
            span.set_attribute(names.NEXT_TRY_IN, ending.again)
        if ending.last:
            span.set_attribute(names.LAST_TRY, ending.last)
        self._end(queue, message, outcome)

    def cut_off(self, queue: str, message: Message, outcome: Outcome | None) -> None:
        self._end(queue, message, outcome)

    def _end(self, queue: str, message: Message, outcome: Outcome | None) -> None:
        span, began = self._running.pop(message.receipt)
        problem = problem_of(outcome)
        if problem is not None:
            span.set_attribute(names.ERROR_TYPE, problem.kind)
            span.set_status(Status(StatusCode.ERROR, problem.reason))
        span.end(self._now())
        contexts.attach(EMPTY)  # the slot goes on to other messages
        duration = self._clock.monotonic() - began
        kind = None if problem is None else problem.kind
        self._instruments.processed(self._places[queue].destination, duration=duration, problem=kind)

    def _call(
        self,
        place: _Place,
        name: str,
        kind: str,
        *,
        duration: float,
        messages: int | None = None,
        problem: str | None = None,
    ) -> None:
        """A span of a call that has ended."""
        attributes = place.destination.attributes(name, kind)
        if messages is not None:
            attributes[names.BATCH_COUNT] = messages
        end = self._now()
        span = self.tracer.start_span(
            f"{name} {place.destination.name}",
            context=EMPTY,
            kind=SpanKind.CLIENT,
            attributes=attributes,
            start_time=end - int(duration * NANOSECONDS),
        )
        if problem is not None:
            span.set_attribute(names.ERROR_TYPE, problem)
            span.set_status(Status(StatusCode.ERROR))
        span.end(end)

    def _now(self) -> int:
        return int(self._clock.now() * NANOSECONDS)
