"""The calls that a queue makes, and the ordinary way of making them: through the AWS SDK."""

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from sqsd_adapters.queue.sqs.errors import translated
from sqsd_adapters.queue.sqs.wire import Shape

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from types_aiobotocore_sqs import SQSClient

RECEIVE_LIMIT = 60.0  # seconds for all attempts and the whole answer; one that is silent ends sooner
SETTLE_LIMIT = 30.0  # the same for calls that are answered at once


class Operation(StrEnum):
    """By SQS's name."""

    RECEIVE = "ReceiveMessage"
    DELETE = "DeleteMessageBatch"
    CHANGE_VISIBILITY = "ChangeMessageVisibilityBatch"
    DESCRIBE = "GetQueueAttributes"
    SEND = "SendMessage"
    FIND = "GetQueueUrl"
    CREATE = "CreateQueue"
    CONFIGURE = "SetQueueAttributes"


class Calls(Protocol):
    """Asks SQS one thing; raises the port's errors only, and serves any number of calls at once."""

    async def call(self, operation: Operation, request: Shape) -> Shape: ...


class SdkCalls:
    """Every call by aiobotocore: its retries, its time-outs, its classes of errors."""

    def __init__(self, *, client: "SQSClient", queue: str) -> None:
        self._queue = queue
        self._methods: dict[Operation, Callable[..., Awaitable[Any]]] = {
            Operation.RECEIVE: client.receive_message,
            Operation.DELETE: client.delete_message_batch,
            Operation.CHANGE_VISIBILITY: client.change_message_visibility_batch,
            Operation.DESCRIBE: client.get_queue_attributes,
            Operation.SEND: client.send_message,
            Operation.FIND: client.get_queue_url,
            Operation.CREATE: client.create_queue,
            Operation.CONFIGURE: client.set_queue_attributes,
        }

    async def call(self, operation: Operation, request: Shape) -> Shape:
        """Bounded as a whole: a server that drips its answer outlasts every read time-out."""
        limit = RECEIVE_LIMIT if operation is Operation.RECEIVE else SETTLE_LIMIT
        with translated(self._queue):
            async with asyncio.timeout(limit):
                answer: Shape = await self._methods[operation](**request)
                return answer
