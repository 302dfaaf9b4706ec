"""The hot calls without the SDK: signed, sent and parsed by hand, at an eighth of the cost."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

from aiobotocore.credentials import AioCredentials
from aiobotocore.session import AioSession
from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from sqsd_adapters.queue.sqs.calls import Calls, Operation
from sqsd_adapters.queue.sqs.client import CONNECT_TIMEOUT, READ_TIMEOUT, USER_AGENT
from sqsd_adapters.queue.sqs.codec import encode, read
from sqsd_adapters.queue.sqs.signing import Keys, Signer
from sqsd_adapters.queue.sqs.wire import Shape
from sqsd_adapters.transport.address import Address
from sqsd_adapters.transport.exchange import Answer, Exchange, ExchangeError
from sqsd_adapters.transport.http11 import Http11Exchange
from sqsd_adapters.transport.tls import Tls
from sqsd_core.flow.deadlines import Deadlines
from sqsd_core.ports.clock import Clock

if TYPE_CHECKING:
    from types_aiobotocore_sqs import SQSClient

logger = logging.getLogger(__name__)

MAX_ANSWER = 67_108_864  # bytes: ten messages of 1 MiB (SQS's limit), each byte escaped in JSON as six
SETTLE_TIMEOUT = 10.0  # seconds; what is not a long poll is answered at once
#: the hot calls and the seconds that each may take
_LIMITS = {
    Operation.RECEIVE: READ_TIMEOUT,
    Operation.DELETE: SETTLE_TIMEOUT,
    Operation.CHANGE_VISIBILITY: SETTLE_TIMEOUT,
}
_TARGETS = {operation: f"AmazonSQS.{operation}".encode() for operation in _LIMITS}
_USER_AGENT = (b"User-Agent", USER_AGENT.encode())
_OK = 200


class ShortPath:
    """Has no errors of its own: whatever is not a plain answer is asked again the ordinary way.

    There it is retried and named. A receive whose answer was lost here is repeated like one of the SDK's retries:
    what it hid comes back when its visibility timeout ends, and on a FIFO queue at once, by the same attempt id.
    """

    def __init__(
        self, *, ordinary: Calls, exchange: Exchange, credentials: AioCredentials, signer: Signer, clock: Clock
    ) -> None:
        self._ordinary = ordinary
        self._exchange = exchange
        self._credentials = credentials
        self._signer = signer
        self._clock = clock
        self._limits = {operation: Deadlines(limit=seconds) for operation, seconds in _LIMITS.items()}

    def close(self) -> None:
        for limit in self._limits.values():
            limit.close()

    async def call(self, operation: Operation, request: Shape) -> Shape:
        answer = await self._answer(operation, request) if operation in self._limits else None
        return await self._ordinary.call(operation, request) if answer is None else answer

    async def _answer(self, operation: Operation, request: Shape) -> Shape | None:
        try:
            answer = await self._ask(operation, encode(request))
        except (BotoCoreError, ClientError, ExchangeError, OSError, RuntimeError, TypeError, ValueError) as error:
            # OSError holds the time-out; RuntimeError and ValueError: credentials that are no use; TypeError: a text
            # that is not Unicode, which this codec does not write
            _log_detour(operation, type(error).__name__)
            return None
        if answer.status != _OK:
            _log_detour(operation, f"status {answer.status}")
            return None
        shape = read(answer.body)
        if shape is None:
            _log_detour(operation, "not JSON")
        return shape

    async def _ask(self, operation: Operation, body: bytes) -> Answer:
        keys = await self._keys()
        headers = self._signer.headers(target=_TARGETS[operation], body=body, keys=keys, now=self._clock.now())
        return await self._limits[operation].bound(self._exchange.exchange([*headers, _USER_AGENT], body))

    async def _keys(self) -> Keys:
        """The credentials, renewed by the SDK when it is time."""
        frozen = await self._credentials.get_frozen_credentials()
        return Keys(access_key=frozen.access_key or "", secret_key=frozen.secret_key or "", token=frozen.token or "")


def _log_detour(operation: Operation, reason: str) -> None:
    logger.debug("the short path did not answer", extra={"operation": operation.value, "reason": reason})


@asynccontextmanager
async def open_short_path(
    *, ordinary: Calls, client: "SQSClient", session: AioSession, clock: Clock, connections: int
) -> AsyncIterator[Calls]:
    """Lay the short path to the client's endpoint, or return the ordinary way where there can be none."""
    credentials = await session.get_credentials()
    endpoint = client.meta.endpoint_url
    address = Address.parse(endpoint)
    if credentials is None or not _is_direct(endpoint, address):
        yield ordinary
        return
    signer = Signer(host=address.authority, region=client.meta.region_name)
    tls = Tls(ca_file=session.get_config_variable("ca_bundle") or get_cert_path(verify=True))
    async with Http11Exchange(
        url=endpoint, connections=connections, connect_timeout=CONNECT_TIMEOUT, tls=tls, max_answer=MAX_ANSWER
    ) as exchange:
        path = ShortPath(ordinary=ordinary, exchange=exchange, credentials=credentials, signer=signer, clock=clock)
        with closing(path):
            yield path


def _is_direct(endpoint: str, address: Address) -> bool:
    """Whether the endpoint is a host's root, reached without a proxy: the signer knows no other."""
    return address.target == b"/" and address.authorization is None and not get_environ_proxies(endpoint)
