"""The queue port over SQS, or another server with SQS's protocol."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Literal, Self
from uuid import uuid4

from aiobotocore.session import AioSession

from sqsd_adapters.queue.sqs import wire
from sqsd_adapters.queue.sqs.address import QueueAddress
from sqsd_adapters.queue.sqs.attempts import Attempt, LostReceives
from sqsd_adapters.queue.sqs.calls import Calls, Operation, SdkCalls
from sqsd_adapters.queue.sqs.client import open_client
from sqsd_adapters.queue.sqs.creation import QueueCreation
from sqsd_adapters.queue.sqs.credentials import Credentials, RenewingCalls, find_credentials, sign_with
from sqsd_adapters.queue.sqs.errors import translated_opening
from sqsd_adapters.queue.sqs.oddities import Oddities
from sqsd_adapters.queue.sqs.received import received
from sqsd_adapters.queue.sqs.sending import send_request, sent
from sqsd_adapters.queue.sqs.session import own_session
from sqsd_adapters.queue.sqs.short_path import open_short_path
from sqsd_core.errors import QueueUnavailable
from sqsd_core.flow.troubles import about
from sqsd_core.message import NO_ATTRIBUTES, Message, MessageAttribute, MessageId, ReceiptHandle
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.queue import FailedEntry, QueueDescription, VisibilityChange

logger = logging.getLogger(__name__)

#: which way the hot calls go
Client = Literal["short", "aiobotocore"]


class SqsQueue:
    """An SQS queue, which also sends (the port Sender); open it with ``async with``.

    Opening finds credentials, region and endpoint, and sends nothing to SQS. It raises ``ConfigurationError``
    when the region or the endpoint is missing or wrong.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        session: AioSession | None = None,
        url: str,
        region: str | None = None,
        endpoint_url: str | None = None,
        connections: int = 32,
        client: Client = "short",
        label: str = "",
    ) -> None:
        """Settle what is asked of whom; no I/O.

        Args:
            clock: dates signatures, and times the five minutes in which a lost receive can be repeated
            session: credentials of your own making; else the SDK's chain finds them
            url: the queue's URL; a name that ends in ``.fifo`` is a FIFO queue
            region: else the URL's, else the SDK's own chain
            endpoint_url: else ``AWS_ENDPOINT_URL_SQS``, else the region's; outside AWS, the URL's own
            connections: calls side by side; a receive holds its connection for the whole long poll
            client: ``short`` sends the hot calls past the SDK, ``aiobotocore`` none
            label: the name of the queue's table, for the log
        """
        self._clock = clock
        self._session = session or own_session()
        #: the session in which credentials are looked for again: one of our own keeps what it read of files
        self._fresh = own_session if session is None else lambda: self._session
        self._address = QueueAddress.parse(url)
        self._region = region
        self._endpoint_url = endpoint_url
        self._connections = connections
        self._fifo = self._address.name.endswith(".fifo")
        self._lost = LostReceives()
        self._label = label
        self._oddities = Oddities(clock=clock, label=label)
        self._client = client
        self._calls: Calls
        self._exit: AsyncExitStack

    async def __aenter__(self) -> Self:
        self._warn_of_region()
        async with AsyncExitStack() as stack:
            with translated_opening(self.name):
                self._calls = await self._open(stack)
            self._exit = stack.pop_all()
        return self

    async def _open(self, stack: AsyncExitStack) -> Calls:
        client = await stack.enter_async_context(
            open_client(
                self._address,
                session=self._session,
                region=self._region,
                endpoint_url=self._endpoint_url,
                connections=self._connections,
            )
        )
        credentials = await self._find_credentials(client.meta.region_name)
        calls: Calls = SdkCalls(client=client, queue=self.name)
        if credentials is None:
            return calls
        sign_with(credentials, client)
        if self._client == "short":
            calls = await stack.enter_async_context(
                open_short_path(
                    ordinary=calls,
                    client=client,
                    session=self._session,
                    credentials=credentials,
                    clock=self._clock,
                    connections=self._connections,
                    label=self._label,
                )
            )
        return RenewingCalls(calls=calls, credentials=credentials)

    def _warn_of_region(self) -> None:
        if self._address.is_elsewhere(self._region):
            fields = {"aws_region": self._region, "queue_url_region": self._address.region}
            logger.warning(self._address.ELSEWHERE, extra={**about(queue=self._label), **fields})

    async def _find_credentials(self, region: str) -> Credentials | None:
        return await find_credentials(
            session=self._session,
            fresh=self._fresh,
            region=region,
            queue=self.name,
            clock=self._clock,
            label=self._label,
        )

    async def __aexit__(self, *_: object) -> None:
        await self._exit.aclose()

    @property
    def name(self) -> str:
        return self._address.name

    async def receive(self, *, max_messages: int, wait: float, visibility: float) -> Sequence[Message]:
        if not self._fifo:
            return await self._receive(max_messages=max_messages, wait=wait, visibility=visibility)
        attempt = self._attempt(max_messages, visibility)
        try:
            return await self._receive(
                max_messages=attempt.max_messages,
                wait=wait,
                visibility=attempt.visibility,
                attempt_id=attempt.id,
            )
        except QueueUnavailable:
            self._lost.lose(attempt)
            raise

    def _attempt(self, max_messages: int, visibility: float) -> Attempt:
        now = self._clock.monotonic()
        lost = self._lost.take(max_messages=max_messages, now=now)
        return lost or Attempt(id=str(uuid4()), max_messages=max_messages, visibility=visibility, since=now)

    async def _receive(
        self, *, max_messages: int, wait: float, visibility: float, attempt_id: str | None = None
    ) -> Sequence[Message]:
        request = wire.receive_request(
            self._address.url,
            max_messages=max_messages,
            wait=wait,
            visibility=visibility,
            attempt_id=attempt_id,
        )
        answer = await self._calls.call(Operation.RECEIVE, request)
        messages, odd, surplus = received(answer, fifo=self._fifo, at_most=request["MaxNumberOfMessages"])
        if odd or surplus:
            self._oddities.say(odd, surplus=surplus)
        return messages

    async def delete(self, receipts: Sequence[ReceiptHandle]) -> Sequence[FailedEntry]:
        if not receipts:
            return ()
        request = wire.delete_request(self._address.url, receipts)
        answer = await self._calls.call(Operation.DELETE, request)
        return wire.failed(answer, receipts)

    async def change_visibility(self, changes: Sequence[VisibilityChange]) -> Sequence[FailedEntry]:
        if not changes:
            return ()
        request = wire.visibility_request(self._address.url, changes)
        answer = await self._calls.call(Operation.CHANGE_VISIBILITY, request)
        return wire.failed(answer, [change.receipt for change in changes])

    async def describe(self) -> QueueDescription:
        request = wire.description_request(self._address.url)
        answer = await self._calls.call(Operation.DESCRIBE, request)
        return wire.description(answer)

    async def send(
        self,
        body: str,
        *,
        attributes: Mapping[str, MessageAttribute] = NO_ATTRIBUTES,
        group_id: str | None = None,
        deduplication_id: str | None = None,
        delay: float = 0.0,
    ) -> MessageId:
        request = send_request(
            self._address.url,
            body,
            attributes=attributes,
            group_id=group_id,
            deduplication_id=deduplication_id,
            delay=delay,
        )
        return sent(await self._calls.call(Operation.SEND, request))

    async def create_missing(self, *, visibility: float) -> Sequence[str]:
        """Create the queue and its dead-letter queue where they are missing; see ``QueueCreation``."""
        return await QueueCreation(calls=self._calls, address=self._address).create_missing(visibility=visibility)
