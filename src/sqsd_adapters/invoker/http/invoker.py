"""The job as an HTTP worker: each message is one POST, and the answer is its outcome."""

import logging
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from sqsd_adapters.invoker.http import wire
        target, body = None, message.body.encode("utf-8", "surrogatepass")
        if message.attributes and is_periodic(message.attributes):
            try:
                target, body = task_target(message.attributes), NO_BODY
            except NoPath as error:
                return Failed(str(error))
        if self._signer is not None:
            headers = [*headers, *self._signer.headers(message_id=wire.message_id(message), body=body, now=now)]
        try:
            answer = await self._exchange.exchange([*self._static, *headers], body, target=target)
        except ExchangeError as error:
            return self._without_answer(error)
        return wire.outcome(answer, success=self._success, now=self._clock.now())

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
                self._notice_shortage(reason)
                return RetryLater(SHORTAGE_PAUSE, reason)
            case _:
                return Failed(reason)

    def _notice_shortage(self, reason: str) -> None:
        now = self._clock.monotonic()
        if now - self._noticed_at >= SHORTAGE_NOTICE:
            self._noticed_at = now
            logger.error("no connection to the worker: raise RLIMIT_NOFILE (ulimit -n)", extra={"reason": reason})


def _log_dropped(message: Message, left_out: wire.LeftOut) -> None:
    for event, names in (
        ("attributes dropped: not valid as HTTP headers", left_out.invalid),
        ("attributes dropped: too large for HTTP headers", left_out.oversized),
    ):
        if names:
            logger.warning(event, extra={"message_id": message.id, "names": list(dict.fromkeys(names))})
