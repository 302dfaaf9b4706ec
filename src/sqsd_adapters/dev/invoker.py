"""Watches the calls of a worker: wraps its invoker and its exchange, and tells the ledger."""

import logging
import traceback
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from contextvars import ContextVar
from typing import Any, Self, cast

from sqsd_adapters.dev.ledger import Ledger
from sqsd_adapters.dev.life import Call
from sqsd_adapters.transport.exchange import Answer, RequestHeaders
from sqsd_adapters.transport.http11 import Http11Exchange
from sqsd_core.message import Message
from sqsd_core.outcome import Outcome
from sqsd_core.ports.invoker import Batched, Invoker

MAX_ANSWER = 16_384  # bytes of an answer that are shown
MAX_TRACEBACK = 16_384  # characters
MASKED = b"***"

#: the calls that the current task makes as one: one per message of a batch
_current: ContextVar[Sequence[Call]] = ContextVar("calls", default=())


class WatchedInvoker:
    """Passes each message on; what it sees goes into the ledger."""

    def __init__(self, *, invoker: Invoker, ledger: Ledger) -> None:
        self._invoker = invoker
        self._ledger = ledger

    @property
    def stuck(self) -> str:
        """As the port ``Bounded`` has it."""
        return str(getattr(self._invoker, "stuck", ""))

    async def invoke(self, message: Message) -> Outcome:
        return (await self._watched([message], self._invoke_one))[0]

    async def invoke_batch(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        return await self._watched(messages, cast("Batched", self._invoker).invoke_batch)

    async def _invoke_one(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        return [await self._invoker.invoke(messages[0])]

    async def _watched(
        self, messages: Sequence[Message], invoke: Callable[[Sequence[Message]], Awaitable[Sequence[Outcome]]]
    ) -> Sequence[Outcome]:
        calls = [self._ledger.begin(message) for message in messages]
        token = _current.set(calls)
        outcomes: Sequence[Outcome | None] = [None] * len(messages)
        try:
            outcomes = ended = await invoke(messages)
        finally:
            _current.reset(token)
            for message, call, outcome in zip(messages, calls, outcomes, strict=True):
                self._ledger.end(message, call, outcome)
        return ended


class WatchedExchange:
    """Notes each request as it is sent, and its answer; the values of ``secret`` headers are masked in the notes."""

    def __init__(self, *, exchange: Http11Exchange, secret: AbstractSet[bytes] = frozenset()) -> None:
        self._exchange = exchange
        self._secret = {b"authorization", *(name.lower() for name in secret)}

    async def __aenter__(self) -> Self:
        await self._exchange.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exchange.__aexit__()

    async def exchange(self, headers: RequestHeaders, body: bytes, *, target: bytes | None = None) -> Answer:
        calls = _current.get()
        for call in calls:
            call.head = self._shown(self._exchange.head(headers, len(body), target=target))
            call.with_body = bool(body)
        answer = await self._exchange.exchange(headers, body, target=target)
        for call in calls:
            call.status = answer.status
            call.answer_headers = tuple(answer.headers)
            call.answer_body = answer.body[:MAX_ANSWER]
        return answer

    def _shown(self, head: bytes) -> bytes:
        lines = head.rstrip(b"\r\n").split(b"\r\n")
        return b"\r\n".join([lines[0], *map(self._masked, lines[1:])])

    def _masked(self, line: bytes) -> bytes:
        name, colon, _ = line.partition(b":")
        return b"%b: %b" % (name, MASKED) if colon and name.lower() in self._secret else line


class Tracebacks(logging.Handler):
    """Keeps the traceback of a Python callable that raised, as the log has it."""

    def __init__(self, *, ledger: Ledger) -> None:
        super().__init__(logging.WARNING)
        self._ledger = ledger

    def emit(self, record: logging.LogRecord) -> None:
        fields: Any = record.__dict__
        life = self._ledger.find(str(fields.get("message_id", "")))
        call = None if life is None else life.running
        if call is not None and record.exc_info and record.exc_info[1] is not None:
            call.traceback = "".join(traceback.format_exception(record.exc_info[1]))[-MAX_TRACEBACK:]
