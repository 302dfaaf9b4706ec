"""The observer that turns what happens to messages into spans and metrics."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Status, StatusCode, Tracer, TracerProvider

from sqsd_adapters.observer.otel import conventions as names
from sqsd_adapters.observer.otel.conventions import Destination
from sqsd_adapters.observer.otel.instruments import Instruments
from sqsd_adapters.observer.otel.invocation import Invocation
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

    def context_of(self, message: Message) -> Context:
        """The context of the message's sender."""
        return context_of(message if self.opened is None else self.opened(message))


class Telemetry(Observer):
    """One span per job, per receive that brought messages, per deletion and per call that failed.

    The span of a job is the current one in the slot that runs it, so that what the job does becomes part of it. It
    links to the sender's span; ``parent`` makes that its parent. The span of a batch links to the senders of all
    messages, and has no parent. While a message waits for a slot there is no span.
    """

    def __init__(self, *, providers: Providers, clock: Clock, parent: bool = False) -> None:
        """``providers`` are open before this is."""
        self._providers = providers
        self._clock = clock
        self._parent = parent
        self._places: dict[str, _Place] = {}
        self._running: dict[ReceiptHandle, Invocation] = {}

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
        sender = self._places[queue].context_of(message)
        linked = _span_context(sender)
        if self._parent or not linked.is_valid:
            links, parent = [], sender
        else:
            links, parent = [Link(linked)], EMPTY
        span = self._job(queue, names.identity(message), links, parent=parent, at=at)
        self._run([message], span, sender)  # with the sender's baggage

    def batch_started(self, queue: str, messages: Sequence[Message], at: float) -> None:
        if len(messages) == 1:
            self.started(queue, messages[0], at)
            return
        place = self._places[queue]
        senders = [(message, _span_context(place.context_of(message))) for message in messages]
        links = [Link(sender, names.identity(message)) for message, sender in senders if sender.is_valid]
        span = self._job(queue, {names.BATCH_COUNT: len(messages)}, links, parent=EMPTY, at=at)
        self._run(messages, span, EMPTY)

    def settled(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        self._end(queue, message, outcome, ending)

    def cut_off(self, queue: str, message: Message, outcome: Outcome | None) -> None:
        self._end(queue, message, outcome, None)

    def _job(
        self, queue: str, attributes: dict[str, str | int], links: Sequence[Link], *, parent: Context, at: float
    ) -> Span:
        place = self._places[queue]
        return self.tracer.start_span(
            f"process {place.destination.name}",
            context=parent,
            kind=SpanKind.CONSUMER,
            attributes={**place.process, **attributes},
            links=links,
            start_time=int(at * NANOSECONDS),
        )

    def _run(self, messages: Sequence[Message], span: Span, context: Context) -> None:
        """Make the span the current one of the slot."""
        invocation = Invocation(span, messages=len(messages), began=self._clock.monotonic())
        self._running.update((message.receipt, invocation) for message in messages)
        contexts.attach(trace.set_span_in_context(span, context))

    def _end(self, queue: str, message: Message, outcome: Outcome | None, ending: Ending | None) -> None:
        invocation, now = self._running.pop(message.receipt), self._now()
        if not invocation.settle(message, outcome, ending, at=now):
            return
        kind = invocation.end(at=now)
        contexts.attach(EMPTY)  # the slot goes on to other messages
        duration = self._clock.monotonic() - invocation.began
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


def _span_context(context: Context) -> SpanContext:
    return trace.get_current_span(context).get_span_context()
