"""The job as an HTTP worker: each message is one POST, and the answer is its outcome."""

import logging
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from sqsd_adapters.invoker.http import wire
from sqsd_adapters.transport.exchange import BadAnswer, Exchange, NotConnected
from sqsd_core.message import Message
from sqsd_core.outcome import Failed, Outcome, Unavailable
from sqsd_core.ports.clock import Clock

logger = logging.getLogger(__name__)


class HttpInvoker:
    """The port ``Invoker`` over an ``Exchange`` that POSTs to INVOKER_URL; whoever opened that closes it."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        clock: Clock,
        queue_name: str,
        timeout: float,
        success: AbstractSet[int],
        content_type: str,
        headers: Sequence[tuple[str, str]] = (),
        version: str,
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        #: seconds; told to the worker as a deadline, while the core ends the call
        self._timeout = timeout
        self._success = success
        self._static = wire.static_headers(
            queue_name=queue_name, content_type=content_type, version=version, headers=headers
        )

    async def invoke(self, message: Message) -> Outcome:
        headers, left_out = wire.message_headers(message, deadline=self._clock.now() + self._timeout)
        if left_out:
            logger.warning("left out what no header can carry", extra={"message_id": message.id, "names": left_out})
        body = message.body.encode("utf-8", "surrogatepass")
        try:
            answer = await self._exchange.exchange([*self._static, *headers], body)
        except NotConnected as error:
            return Unavailable(str(error))
        except BadAnswer as error:
            return Failed(str(error))
        return wire.outcome(answer, success=self._success, now=self._clock.now())
