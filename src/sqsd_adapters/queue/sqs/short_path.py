"""The frequent calls without the SDK: signed, sent and parsed here, at an eighth of the cost."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

from aiobotocore.session import AioSession
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from sqsd_adapters.fast_json import encode, read
from sqsd_adapters.printable import printable
from sqsd_adapters.queue.sqs.absence import TRY_AGAIN, Absence
from sqsd_adapters.queue.sqs.bounded import MAX_ANSWER
from sqsd_adapters.queue.sqs.calls import RECEIVE_LIMIT, Calls, Operation
from sqsd_adapters.queue.sqs.client import CONNECT_TIMEOUT, READ_TIMEOUT, USER_AGENT
from sqsd_adapters.queue.sqs.credentials import Frozen, keys_of
from sqsd_adapters.queue.sqs.errors import RAISED, TOO_LONG
from sqsd_adapters.queue.sqs.signing import Signer
from sqsd_adapters.queue.sqs.wire import Shape, is_answer
from sqsd_adapters.transport.address import Address
from sqsd_adapters.transport.exchange import Answer, Exchange, ExchangeError, NotConnected, Silent, block
from sqsd_adapters.transport.http11 import Http11Exchange
from sqsd_adapters.transport.tls import Tls
from sqsd_core.deadlines import Deadlines
from sqsd_core.errors import QueueUnavailable
from sqsd_core.flow.troubles import about
from sqsd_core.ports.clock import Clock

if TYPE_CHECKING:
    from types_aiobotocore_sqs import SQSClient

logger = logging.getLogger(__name__)

KEEP_ALIVE = 60.0  # seconds: what the AWS SDK for Java keeps an idle connection; one that SQS closed is not used
SETTLE_TIMEOUT = 10.0  # seconds; what is not a long poll is answered at once
#: the hot calls and the seconds that each may take; a receive is over sooner if it is silent for READ_TIMEOUT
_LIMITS = {
    Operation.RECEIVE: RECEIVE_LIMIT,
    Operation.DELETE: SETTLE_TIMEOUT,
    Operation.CHANGE_VISIBILITY: SETTLE_TIMEOUT,
}
_SETTLED = frozenset({"Successful", "Failed"})
#: the fields of their answers
_FIELDS = {
    Operation.RECEIVE: frozenset({"Messages"}),
    Operation.DELETE: _SETTLED,
    Operation.CHANGE_VISIBILITY: _SETTLED,
}
_TARGETS = {operation: f"AmazonSQS.{operation}".encode() for operation in _LIMITS}
_USER_AGENT = block([(b"User-Agent", USER_AGENT.encode())])
_OK = 200


class ShortPath:
    """Has two errors of its own; whatever else is not a plain answer is asked the ordinary way.

    There it is retried and named. A receive whose answer was lost here is repeated like one of the SDK's retries:
    what it hid comes back when its visibility timeout ends, and on a FIFO queue at once, by the same attempt id.

    The errors are an endless answer, and a receive that was silent for longer than any long poll, or not answered in
    full after RECEIVE_LIMIT. To repeat that one here would be a new receive, which nobody may want any more: a drain
    waits for the poll that is under way.
    """

    def __init__(
        self,
        *,
        ordinary: Calls,
        exchange: Exchange,
        credentials: Frozen,
        signer: Signer,
        clock: Clock,
        label: str = "",
    ) -> None:
        """``label`` is the name of the queue's table, for the log."""
        self._ordinary = ordinary
        self._exchange = exchange
        self._credentials = credentials
        self._signer = signer
        self._clock = clock
        self._about = about(queue=label)
        self._absence = Absence()
        self._limits = {operation: Deadlines(limit=seconds) for operation, seconds in _LIMITS.items()}

    def close(self) -> None:
        for limit in self._limits.values():
            limit.close()

    async def call(self, operation: Operation, request: Shape) -> Shape:
        absence = self._absence
        if operation not in self._limits or (absence.lasts and absence.keeps_away(self._clock.monotonic())):
            return await self._ordinary.call(operation, request)
        try:
            answer = await self._ask(operation, encode(request))
        except NotConnected as error:
            return await self._call_unconnected(operation, request, error)
        except (ExchangeError, *RAISED) as error:
            # OSError holds the time-out. What the SDK raises is about the credentials, whose source may give an answer
            # of any shape. TypeError may also be a text that is not Unicode, which this codec does not write.
            self._log_detour(operation, type(error).__name__)
            return await self._ordinary.call(operation, request)
        if absence.connected():
            logger.info("short path to SQS connects again", extra=self._about)
        shape = self._shape(operation, answer)
        return await self._ordinary.call(operation, request) if shape is None else shape

    async def _call_unconnected(self, operation: Operation, request: Shape, error: NotConnected) -> Shape:
        """Ask the ordinary way; where that cannot connect either, SQS is down, and the short path is not to blame."""
        self._log_detour(operation, "not connected")
        answer = await self._ordinary.call(operation, request)
        if self._absence.failed(self._clock.monotonic()):
            fields = {**self._about, "reason": printable(str(error)), "try_again_in": TRY_AGAIN}
            logger.warning("short path to SQS does not connect, calling through the AWS SDK", extra=fields)
        return answer

    async def _ask(self, operation: Operation, body: bytes) -> Answer:
        keys = await keys_of(self._credentials)
        headers = self._signer.headers(target=_TARGETS[operation], body=body, keys=keys, now=self._clock.now())
        try:
            return await self._limits[operation].bound(self._exchange.exchange(headers + _USER_AGENT, body))
        except (Silent, TimeoutError) as error:
            if operation is not Operation.RECEIVE:
                raise
            raise QueueUnavailable(_unanswered(error)) from None

    def _shape(self, operation: Operation, answer: Answer) -> Shape | None:
        """The answer's content; None where the ordinary way must ask.

        Raises:
            QueueUnavailable: it is longer than any of SQS's; to ask again would bring as much again
        """
        if len(answer.body) >= MAX_ANSWER:
            raise QueueUnavailable(TOO_LONG)
        if answer.status != _OK:
            self._log_detour(operation, f"status {answer.status}")
            return None
        shape = read(answer.body)
        if shape is None or not is_answer(shape, _FIELDS[operation]):
            self._log_detour(operation, "not JSON of SQS")
            return None
        return shape

    def _log_detour(self, operation: Operation, reason: str) -> None:
        fields = {**self._about, "operation": operation.value, "reason": reason}
        logger.debug("the short path did not answer", extra=fields)


def _unanswered(error: Silent | TimeoutError) -> str:
    if isinstance(error, Silent):
        return f"silent for {READ_TIMEOUT:g} seconds"
    return f"no complete answer within {RECEIVE_LIMIT:g} seconds"


@asynccontextmanager
async def open_short_path(
    *,
    ordinary: Calls,
    client: "SQSClient",
    session: AioSession,
    credentials: Frozen | None,
    clock: Clock,
    connections: int,
    label: str,
) -> AsyncIterator[Calls]:
    """Lay the short path to the client's endpoint, or return the ordinary way where there can be none."""
    endpoint = client.meta.endpoint_url
    address = Address.parse(endpoint)
    if credentials is None or not _is_direct(endpoint, address):
        yield ordinary
        return
    signer = Signer(host=address.authority, region=client.meta.region_name)
    tls = Tls(ca_file=session.get_config_variable("ca_bundle") or get_cert_path(verify=True))
    async with Http11Exchange(
        url=endpoint,
        connections=connections,
        connect_timeout=CONNECT_TIMEOUT,
        tls=tls,
        max_answer=MAX_ANSWER,
        keep_alive=KEEP_ALIVE,
        reuse_pause=0.0,  # a call whose connection was dropped is repeated the ordinary way
        idle_timeout=READ_TIMEOUT,
    ) as exchange:
        path = ShortPath(
            ordinary=ordinary, exchange=exchange, credentials=credentials, signer=signer, clock=clock, label=label
        )
        with closing(path):
            yield path


def _is_direct(endpoint: str, address: Address) -> bool:
    """Whether the endpoint is a host's root, reached without a proxy: the signer knows no other."""
    return address.target == b"/" and address.authorization is None and not get_environ_proxies(endpoint)
