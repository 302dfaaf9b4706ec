"""An exchange with the worker whose requests are spans, and carry the context of the message's span."""

from asyncio import CancelledError
from typing import Protocol
from urllib.parse import urlsplit

from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from sqsd_adapters.observer.otel import conventions as names
from sqsd_adapters.observer.otel.propagation import onward
from sqsd_adapters.transport.exchange import Answer, Exchange, ExchangeError, RequestHeaders, pairs

METHOD = "POST"
ERRORS = 400  # a status from here on is an error of a client's span


class Traces(Protocol):
    """What has a tracer once it is open."""

    @property
    def tracer(self) -> Tracer: ...


class TracedExchange:
    """The port ``Exchange`` around another one; the one who opened that closes it."""

    def __init__(self, *, exchange: Exchange, telemetry: Traces, url: str) -> None:
        """``telemetry`` is open before the first call; ``url`` is the one of the exchange."""
        self._exchange = exchange
        self._telemetry = telemetry
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        self._base = f"{parts.scheme}://{host}"
        self._path = parts.path or "/"
        self._attributes: dict[str, str | int] = {names.METHOD: METHOD, names.SERVER_ADDRESS: parts.hostname or host}
        if parts.scheme in {"http", "https"}:
            self._attributes[names.SERVER_PORT] = parts.port or (443 if parts.scheme == "https" else 80)

    async def exchange(self, headers: RequestHeaders, body: bytes, *, target: bytes | None = None) -> Answer:
        span = self._telemetry.tracer.start_span(METHOD, kind=SpanKind.CLIENT, attributes=self._attributes)
        # without its query, which may hold a secret
        span.set_attribute(names.URL, self._base + (self._path if target is None else _path(target)))
        try:
            answer = await self._exchange.exchange(onward(pairs(headers)), body, target=target)
        except (ExchangeError, CancelledError) as error:
            _fail(span, type(error).__name__)
            raise
        else:
            span.set_attribute(names.STATUS, answer.status)
            if answer.status >= ERRORS:
                _fail(span, str(answer.status))
            return answer
        finally:
            span.end()


def _path(target: bytes) -> str:
    return target.partition(b"?")[0].decode("ascii")


def _fail(span: Span, kind: str) -> None:
    span.set_attribute(names.ERROR_TYPE, kind)
    span.set_status(Status(StatusCode.ERROR))
