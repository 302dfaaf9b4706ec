"""The sender's context out of a message, and the context of its span into the request to the worker."""

import logging
import re
from collections.abc import Mapping, Sequence

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import Getter
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from sqsd_core.message import Message

logger = logging.getLogger(__name__)

Headers = Sequence[tuple[bytes, bytes]]

XRAY = "x-amzn-trace-id"
_XRAY_HEADER = XRAY.encode()
#: X-Ray's trace header: ``Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1``
_ROOT = re.compile(r"(?:^|;)\s*Root=1-([0-9a-f]{8})-([0-9a-f]{24})\s*(?:;|$)")
_PARENT = re.compile(r"(?:^|;)\s*Parent=([0-9a-f]{16})\s*(?:;|$)")
_SAMPLED = re.compile(r"(?:^|;)\s*Sampled=1\s*(?:;|$)")
EMPTY = Context()


class _Lowered(Getter[Mapping[str, str]]):
    """Finds attributes whatever the case in which they are written."""

    def get(self, carrier: Mapping[str, str], key: str) -> list[str] | None:
        value = carrier.get(key.lower())
        return None if value is None else [value]

    def keys(self, carrier: Mapping[str, str]) -> list[str]:
        return list(carrier)


_GETTER = _Lowered()


def context_of(message: Message) -> Context:
    """The context that the sender put into the message: its attributes by OTEL_PROPAGATORS, or AWSTraceHeader."""
    if not message.attributes and message.trace_header is None:
        return EMPTY
    carrier = {
        name.lower(): attribute.value
        for name, attribute in message.attributes.items()
        if isinstance(attribute.value, str)
    }
    if message.trace_header is not None:
        carrier[XRAY] = message.trace_header
    try:
        context = propagate.extract(carrier, context=EMPTY, getter=_GETTER)
    except Exception:  # noqa: BLE001 - a propagator may fail on what a stranger sent; the message must be traced all the same
        return EMPTY
    if message.trace_header is None or trace.get_current_span(context).get_span_context().is_valid:
        return context
    sender = xray_context(message.trace_header)
    return context if sender is None else trace.set_span_in_context(NonRecordingSpan(sender), context)


def xray_context(header: str) -> SpanContext | None:
    """Read the value of AWSTraceHeader; None where it names no trace or no parent."""
    root, parent = _ROOT.search(header), _PARENT.search(header)
    if root is None or parent is None:
        return None
    flags = TraceFlags(TraceFlags.SAMPLED if _SAMPLED.search(header) else TraceFlags.DEFAULT)
    sender = SpanContext(int(root[1] + root[2], 16), int(parent[1], 16), is_remote=True, trace_flags=flags)
    return sender if sender.is_valid else None


def xray_header(span: SpanContext) -> str:
    """Write the header of X-Ray."""
    root = f"{span.trace_id:032x}"
    return f"Root=1-{root[:8]}-{root[8:]};Parent={span.span_id:016x};Sampled={int(span.trace_flags.sampled)}"


def onward(headers: Headers) -> Headers:
    """The headers with the current context in place of the sender's."""
    span = trace.get_current_span().get_span_context()
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    if not carrier or not span.is_valid:
        return headers
    ours = {name.lower().encode() for name in carrier}
    kept = [_renewed(header, span) for header in headers if header[0].lower() not in ours]
    return [*kept, *((name.encode(), value.encode("ascii", "replace")) for name, value in carrier.items())]


def _renewed(header: tuple[bytes, bytes], span: SpanContext) -> tuple[bytes, bytes]:
    name, _ = header
    return (name, xray_header(span).encode()) if name.lower() == _XRAY_HEADER else header
