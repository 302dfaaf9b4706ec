"""The HTTP invoker over either transport or over a script, under a clock that stands still."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqsd_adapters.invoker.http.invoker import HttpInvoker
from sqsd_adapters.transport.exchange import Answer, ExchangeError, Headers, RequestHeaders, pairs
from sqsd_adapters.transport.http11 import Http11Exchange
from sqsd_adapters.transport.httpx import HttpxExchange
from sqsd_adapters.transport.tls import SYSTEM_TRUST, Tls
from sqsd_core.message import Message, MessageAttribute, MessageId, ReceiptHandle

Transport = type[HttpxExchange] | type[Http11Exchange]

RECEIPT = "a-receipt-that-nobody-sees"


class StoppedClock:
    def now(self) -> float:
        return 1_424_260_800.0  # 2015-02-18T12:00:00Z

    def monotonic(self) -> float:
        return 0.0


class ScriptedExchange:
    """Answers each request with the same result."""

    def __init__(self, result: Answer | ExchangeError) -> None:
        self._result = result
        self.requests: list[tuple[Headers, bytes]] = []
        self.targets: list[bytes | None] = []

    async def exchange(self, headers: RequestHeaders, body: bytes, *, target: bytes | None = None) -> Answer:
        self.requests.append((pairs(headers), body))
        self.targets.append(target)
        if isinstance(self._result, Answer):
            return self._result
        raise self._result


def invoker_over(
    exchange: ScriptedExchange,
    headers: Sequence[tuple[str, str]] = (),
    signing_keys: Sequence[bytes] = (),
    answers: int = 0,
) -> HttpInvoker:
    return HttpInvoker(
        exchange=exchange,
        clock=StoppedClock(),
        queue_name="jobs",
        timeout=60.0,
        success=frozenset({200}),
        content_type="application/json",
        headers=headers,
        signing_keys=signing_keys,
        version="1.0",
        answers=answers,
    )


@asynccontextmanager
async def invoker_for(
    transport: Transport,
    url: str,
    *,
    headers: tuple[tuple[str, str], ...] = (),
    content_type: str = "application/json",
    signing_keys: Sequence[bytes] = (),
    tls: Tls = SYSTEM_TRUST,
    connect_timeout: float = 5.0,
    connections: int = 1,
) -> AsyncIterator[HttpInvoker]:
    async with transport(url=url, connections=connections, connect_timeout=connect_timeout, tls=tls) as exchange:
        yield HttpInvoker(
            exchange=exchange,
            clock=StoppedClock(),
            queue_name="jobs",
            timeout=60.0,
            success=frozenset(range(200, 300)),
            content_type=content_type,
            headers=headers,
            signing_keys=signing_keys,
            version="1.0",
        )


def message(body: str = "{}", **attributes: str) -> Message:
    return Message(
        id=MessageId("m-1"),
        receipt=ReceiptHandle(RECEIPT),
        body=body,
        attributes={name: MessageAttribute(data_type="String", value=value) for name, value in attributes.items()},
    )
