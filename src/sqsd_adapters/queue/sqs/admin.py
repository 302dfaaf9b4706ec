"""An operator's calls to SQS: any operation, bounded in time, with a refusal that names the missing right."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Self

from aiobotocore.session import AioSession
from botocore import xform_name
from botocore.exceptions import ClientError

from sqsd_adapters.printable import printable
from sqsd_adapters.queue.sqs.address import QueueAddress
from sqsd_adapters.queue.sqs.client import open_client
from sqsd_adapters.queue.sqs.credentials import find_credentials, sign_with
from sqsd_adapters.queue.sqs.errors import translated, translated_opening
from sqsd_adapters.queue.sqs.refusal import DENIED, UNKNOWN, Refusal
from sqsd_adapters.queue.sqs.session import own_session
from sqsd_adapters.queue.sqs.wire import Shape
from sqsd_core.ports.clock import Clock

CONNECTIONS = 8  # calls side by side
NOWHERE = QueueAddress(url="", name="")  # no queue is known yet: the region's endpoint is asked

#: what is about the request and not about the caller: SQS's own words say it best
_ABOUT_THE_REQUEST = {
    "InvalidAttributeName",
    "InvalidAttributeValue",
    "InvalidMessageContents",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "InvalidParameterValueException",
    "MessageNotInflight",
    "MissingParameter",
    "MissingRequiredParameterException",
    "PurgeQueueInProgress",
    "ReadCountOutOfRange",
    "ReceiptHandleIsInvalid",
    "ResourceNotFoundException",
}


class SqsAdmin:
    """The SDK's client for whatever SQS offers; open it with ``async with``.

    ``url`` is a queue that leads to the endpoint and the region; None leaves both to the settings and the SDK.
    Each call ends within ``timeout`` seconds, or ``wait`` seconds later for a long poll, and raises the queue
    port's errors only.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        session: AioSession | None = None,
        url: str | None = None,
        region: str | None = None,
        endpoint_url: str | None = None,
        timeout: float = 10.0,
    ) -> None:
        self._clock = clock
        self._session = session or own_session()
        self._address = NOWHERE if url is None else QueueAddress.parse(url)
        self._region = region
        self._endpoint_url = endpoint_url
        self._timeout = timeout
        self._client: Any
        self._exit: AsyncExitStack
        #: where the credentials come from, by the SDK's name; None where there are none
        self.credentials_source: str | None = None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            with translated_opening(self._address.name):
                self._client = await self._open(stack)
            self._exit = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exit.aclose()

    async def ask(self, operation: str, request: Shape, *, queue: str = "", wait: float = 0.0) -> Shape:
        """Call ``operation``, by SQS's name, about the ``queue`` of this name.

        Raises:
            Refusal: SQS refuses the request, or the caller lacks the right
            QueueRefused, QueueNotFound, QueueUnavailable: as for a queue
        """
        method = getattr(self._client, xform_name(operation))
        with _explained(operation, queue or self._address.name):
            async with asyncio.timeout(self._timeout + wait):
                answer: Shape = await method(**request)
                return answer

    async def _open(self, stack: AsyncExitStack) -> "SQSClient":
        client = await stack.enter_async_context(
            open_client(
                self._address,
                session=self._session,
                region=self._region,
                endpoint_url=self._endpoint_url,
                connections=CONNECTIONS,
            )
        )
        found = await self._session.get_credentials()
        self.credentials_source = None if found is None else found.method
        credentials = await find_credentials(
            session=self._session,
            fresh=lambda: self._session,
            region=client.meta.region_name,
            queue=self._address.name,
            clock=self._clock,
        )
        if credentials is not None:
            sign_with(credentials, client)
        return client


if TYPE_CHECKING:
    from types_aiobotocore_sqs import SQSClient


@contextmanager
def _explained(operation: str, queue: str) -> Iterator[None]:
    with translated(queue):
        try:
            yield
        except ClientError as error:
            refusal = _refusal(error, operation, queue)
            if refusal is None:
                raise
            raise refusal from None


def _refusal(error: ClientError, operation: str, queue: str) -> Refusal | None:
    """None for what ``translated`` says as well: keys, clocks, outages, queues that do not exist."""
    details = error.response.get("Error", {})
    code = str(details.get("Code", "")).rpartition(".")[2]
    subject = f"{operation} on the queue {queue}" if queue else operation
    if code in DENIED:
        return Refusal(
            f"the credentials lack a permission: allow sqs:{operation}" + f" on {queue}" * bool(queue), code=code
        )
    if code in UNKNOWN:
        return Refusal(f"this server does not know {operation}", code=code)
    if code in _ABOUT_THE_REQUEST:
        return Refusal(f"SQS refuses {subject}: {printable(str(details.get('Message', code)))}", code=code)
    return None
