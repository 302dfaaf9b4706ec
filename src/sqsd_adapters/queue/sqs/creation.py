"""Creates the queue and its dead-letter queue where they are missing, with the redrive policy between them."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.printable import printable
from sqsd_adapters.queue.sqs.address import QueueAddress
from sqsd_adapters.queue.sqs.calls import Calls, Operation
from sqsd_adapters.queue.sqs.fields import MISREAD, text
from sqsd_adapters.queue.sqs.wire import MalformedAnswer, whole_seconds
from sqsd_core.errors import QueueNotFound, QueueRefused
from sqsd_core.limits import MAX_VISIBILITY

MAX_RECEIVE_COUNT = 5  # receives of a message before it becomes a dead letter
DEAD_LETTER_RETENTION = 1_209_600  # seconds; SQS: 14 days, the longest
MAX_NAME = 80  # SQS: characters of a queue's name
PATIENCE = 60  # seconds in which a new queue must appear; SQS: a second or more
FIFO_SUFFIX = ".fifo"


class QueueCreation:
    """Idempotent: what is there stays as it is, and only a queue without a redrive policy gets one."""

    def __init__(self, *, calls: Calls, address: QueueAddress) -> None:
        self._calls = calls
        self._address = address

    async def create_missing(self, *, visibility: float) -> Sequence[str]:
        """Create what is missing; returns what was done, one sentence each.

        Raises:
            ConfigurationError: the name is too long, or the credentials belong to another account.
            QueueRefused: a right is missing.
            QueueUnavailable: SQS does not answer; it is unknown what was created.
        """
        try:
            attributes = await self._attributes(self._address.url, "RedrivePolicy")
        except QueueNotFound:
            return await self._create_both(visibility)
        policy = attributes.get("RedrivePolicy")
        return await (self._create_target(policy) if policy else self._add_policy())

    async def _create_both(self, visibility: float) -> Sequence[str]:
        arn, done = await self._dead_letter_queue()
        attributes = {
            "VisibilityTimeout": str(whole_seconds(visibility, at_most=MAX_VISIBILITY)),
            "RedrivePolicy": _policy(arn),
        }
        await self._create(self._address.name, attributes, {"created-by": "sqsd"})
        await self._appears(self._address.url)
        return [*done, f"created the queue {self._address.name}"]

    async def _add_policy(self) -> Sequence[str]:
        arn, done = await self._dead_letter_queue()
        request = {"QueueUrl": self._address.url, "Attributes": {"RedrivePolicy": _policy(arn)}}
        await self._calls.call(Operation.CONFIGURE, request)
        return [*done, f"set the redrive policy of the queue {self._address.name}"]

    async def _create_target(self, policy: str) -> Sequence[str]:
        """Create the dead-letter queue that the policy names, where it is missing and of this account."""
        name, account = _target(policy)
        if account != self._account or await self._find(name) is not None:
            return []
        await self._create_dead_letter_queue(name)
        return [f"created the dead-letter queue {name}"]

    async def _dead_letter_queue(self) -> tuple[str, list[str]]:
        """Find or create it; returns its ARN, and what was done."""
        name = dead_letter_name(self._address.name)
        url = await self._find(name)
        done = [] if url is not None else [f"created the dead-letter queue {name}"]
        if url is None:
            url = await self._create_dead_letter_queue(name)
        attributes = await self._appears(url)
        return _read(attributes, "QueueArn"), done

    async def _create_dead_letter_queue(self, name: str) -> str:
        attributes = {"MessageRetentionPeriod": str(DEAD_LETTER_RETENTION)}
        return await self._create(name, attributes, {"created-by": "sqsd", "dead-letters-of": self._address.name})

    async def _create(self, name: str, attributes: Mapping[str, str], tags: Mapping[str, str]) -> str:
        fifo = {"FifoQueue": "true"} if name.endswith(FIFO_SUFFIX) else {}
        request = {"QueueName": name, "Attributes": {**attributes, **fifo}, "tags": tags}
        try:
            answer = await self._calls.call(Operation.CREATE, request)
        except QueueRefused:
            # another daemon may have created it just now, with other attributes
            if (url := await self._find(name)) is not None:
                return url
            raise
        url = _read(answer, "QueueUrl")
        self._demand_account(url)
        return url

    def _demand_account(self, url: str) -> None:
        account = _account(url)
        if self._address.origin is None and account != self._account:
            raise ConfigurationError(
                f"QUEUE_URL names the account {self._account}, and the credentials create queues in the account"
                f" {printable(account)}; correct one of them"
            )

    async def _find(self, name: str) -> str | None:
        try:
            answer = await self._calls.call(Operation.FIND, {"QueueName": name})
        except QueueNotFound:
            return None
        return _read(answer, "QueueUrl")

    async def _appears(self, url: str) -> Mapping[str, Any]:
        for _ in range(PATIENCE):
            try:
                return await self._attributes(url, "QueueArn")
            except QueueNotFound:
                await asyncio.sleep(1.0)
        return await self._attributes(url, "QueueArn")

    async def _attributes(self, url: str, *names: str) -> Mapping[str, Any]:
        answer = await self._calls.call(Operation.DESCRIBE, {"QueueUrl": url, "AttributeNames": names})
        attributes: Mapping[str, Any] = answer.get("Attributes") or {}
        return attributes

    @property
    def _account(self) -> str:
        return _account(self._address.url)


def dead_letter_name(name: str) -> str:
    """The queue's name with ``-dlq``; that of a FIFO queue's dead-letter queue ends in ``.fifo`` as well.

    Raises:
        ConfigurationError: it would be too long.
    """
    fifo = FIFO_SUFFIX if name.endswith(FIFO_SUFFIX) else ""
    found = f"{name.removesuffix(FIFO_SUFFIX)}-dlq{fifo}"
    if len(found) > MAX_NAME:
        raise ConfigurationError(
            f"QUEUE_URL: the name of the dead-letter queue, {found}, is longer than {MAX_NAME} characters;"
            " create both queues yourself"
        )
    return found


def _policy(arn: str) -> str:
    return json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVE_COUNT})


def _target(policy: str) -> tuple[str, str]:
    """Name and account of a policy's dead-letter queue."""
    try:
        *_, account, name = text(json.loads(policy)["deadLetterTargetArn"]).split(":")
    except (*MISREAD, RecursionError) as error:
        raise MalformedAnswer from error
    return name, account


def _account(url: str) -> str:
    return urlsplit(url).path.strip("/").rpartition("/")[0].rpartition("/")[2]


def _read(shape: Mapping[str, Any], name: str) -> str:
    try:
        value: str = text(shape[name])
    except MISREAD as error:
        raise MalformedAnswer from error
    return value
