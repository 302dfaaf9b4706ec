"""The HTTP invoker: POSTs each message and turns the answer into an outcome."""

import logging
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from sqsd_adapters.invoker import batch
from sqsd_adapters.invoker.batch import UNKNOWN_SOURCE, EventSource
from sqsd_adapters.invoker.excerpt import with_answer
from sqsd_adapters.invoker.http import answers, wire
from sqsd_adapters.invoker.http.head import MessageHeaders
from sqsd_adapters.invoker.http.periodic import NO_BODY, NoPath, task_target
from sqsd_adapters.invoker.http.signature import Signer
from sqsd_adapters.transport.exchange import (
    Dropped,
    Exchange,
    ExchangeError,
    Headers,
    NotConnected,
    OutOfDescriptors,
    Silent,
    Unanswered,
    block,
)
from sqsd_core.flow.troubles import Troubles, about
from sqsd_core.message import Message
from sqsd_core.outcome import Failed, Interrupted, Outcome, RetryLater, Succeeded, Unavailable
from sqsd_core.policy.periodic import is_periodic
from sqsd_core.ports.clock import Clock

SHORTAGE_PAUSE = 30.0  # seconds; without descriptors, a message that came back at once would use up its receives
SHORTAGE = "no connection to the worker: raise RLIMIT_NOFILE (ulimit -n)"


class HttpInvoker:
    """The port ``Invoker`` over an ``Exchange`` that POSTs to INVOKER_URL; the code that opened that closes it."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        clock: Clock,
        queue_name: str,
        target: bytes | None = None,
        timeout: float,
        success: AbstractSet[int],
        source: EventSource = UNKNOWN_SOURCE,
        content_type: str,
        headers: Sequence[tuple[str, str]] = (),
        signing_keys: Sequence[bytes] = (),
        version: str,
        answers: int = 0,
        label: str = "",
    ) -> None:
        """``label`` is the name of the queue's table, for the log."""
        self._exchange = exchange
        self._clock = clock
        #: the path of the queue's requests; None: that of the exchange
        self._target = target
        #: seconds; told to the worker as a deadline, while the core ends the call
        self._timeout = timeout
        self._success = success
        self._source = source
        self._static = wire.static_headers(
            queue_name=queue_name, content_type=content_type, version=version, headers=headers
        )
        self._signer = Signer(keys=signing_keys) if signing_keys else None
        self._headers = MessageHeaders(self._static, others=self._signer.size if self._signer else 0)
        #: bytes of a failed answer that its outcome keeps
        self._answers = answers
        self._troubles = Troubles(clock=clock, about=about(queue=label))

    async def invoke(self, message: Message) -> Outcome:
        now = self._clock.now()
        headers, left_out = self._headers.write(message, now + self._timeout)
        if left_out is not wire.NOTHING:
            self._note_dropped(message, left_out)
        target, body = self._target, message.body.encode("utf-8", "surrogatepass")
        if message.attributes and is_periodic(message):  # EB goes by this, and not by the path
            try:
                target, body = task_target(message.attributes) or target, NO_BODY
            except NoPath as error:
                return Failed(str(error))
        if self._signer is not None:
            signature = self._signer.headers(message_id=wire.message_id(message), body=body, now=now)
            headers += block(signature)
        try:
            answer = await self._exchange.exchange(headers, body, target=target)
        except ExchangeError as error:
            return self._without_answer(error)
        outcome = answers.outcome(answer, success=self._success, now=self._clock.now)
        return with_answer(outcome, answer.body, limit=self._answers) if self._answers else outcome

    async def invoke_batch(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        if len(messages) == 1 and is_periodic(messages[0]):
            return [await self.invoke(messages[0])]
        now = self._clock.now()
        body = batch.event(messages, source=self._source)
        headers: Headers = [*self._static, wire.deadline_header(now + self._timeout)]
        if self._signer is not None:
            headers = [*headers, *self._signer.headers(message_id=batch.batch_id(messages), body=body, now=now)]
        try:
            answer = await self._exchange.exchange(headers, body, target=self._target)
        except ExchangeError as error:
            return [self._without_answer(error)] * len(messages)
        whole = answers.outcome(answer, success=self._success, now=self._clock.now)
        listed = isinstance(whole, Succeeded) and answer.status in self._success
        outcomes = batch.outcomes(answer.body, messages) if listed else [whole] * len(messages)
        return [with_answer(outcome, answer.body, limit=self._answers) for outcome in outcomes]

    def _without_answer(self, error: ExchangeError) -> Outcome:
        reason = str(error)
        match error:
            case NotConnected():
                return Unavailable(reason, unsent=True)
            case Unanswered():
                return Unavailable(reason)
            case Dropped():
                return Interrupted(reason)
            case OutOfDescriptors():
                self._troubles.note(SHORTAGE, level=logging.ERROR, reason=reason)
                return RetryLater(SHORTAGE_PAUSE, reason)
            case Silent():
                return Failed(reason, full=True)
            case _:
                return Failed(reason)

    def _note_dropped(self, message: Message, left_out: wire.LeftOut) -> None:
        for event, names in (
            ("attributes dropped: not valid as HTTP headers", left_out.invalid),
            ("attributes dropped: too large for HTTP headers", left_out.oversized),
            ("periodic task: time not readable, sent without it", left_out.unreadable),
        ):
            if names:
                self._troubles.note(event, message_id=message.id, names=list(dict.fromkeys(names)))
