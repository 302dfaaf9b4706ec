"""A dead letter as SQS shows it, as a line of JSON, and as an entry to send; pure."""

import json
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.sqs.queues import MAX_SIZE

#: the message attribute that keeps the id under which the message failed
ORIGINAL = "sqsd.original_message_id"
MAX_ATTRIBUTES = 10  # SQS: attributes of a message
ROOM = 200  # bytes that the attribute with the original id needs at most
_TRACE = "AWSTraceHeader"

Shape = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One message of a dead-letter queue, or of a file."""

    message_id: str
    #: empty where the message comes from a file
    receipt: str
    body: str
    #: SQS's own
    attributes: Mapping[str, str]
    #: those of the sender; a binary value is base64
    message_attributes: Mapping[str, Shape]

    @classmethod
    def parse(cls, shape: Shape) -> "DeadLetter":
        """Read a message as SQS, or ``json_line``, writes it.

        Raises:
            ConfigurationError: it is not one.
        """
        body = shape.get("Body")
        if not isinstance(body, str) or not body:
            raise ConfigurationError("expected an object with a Body that is not empty")
        return cls(
            message_id=str(shape.get("MessageId") or ""),
            receipt=str(shape.get("ReceiptHandle") or ""),
            body=body,
            attributes=_map(shape, "Attributes"),
            message_attributes=_map(shape, "MessageAttributes"),
        )

    @property
    def sent_at(self) -> float:
        """Unix time in seconds; 0 where it is not known."""
        return int(self.attributes.get("SentTimestamp") or 0) / 1_000

    @property
    def receives(self) -> int:
        return int(self.attributes.get("ApproximateReceiveCount") or 0)

    @property
    def group(self) -> str | None:
        return self.attributes.get("MessageGroupId")

    @property
    def source_arn(self) -> str | None:
        """The queue in which it failed."""
        return self.attributes.get("DeadLetterQueueSourceArn")

    @property
    def original_id(self) -> str:
        """The id that it had when it was sent first."""
        kept = self.message_attributes.get(ORIGINAL, {})
        return str(kept.get("StringValue") or self.message_id)

    @property
    def size(self) -> int:
        """Bytes by which SQS counts it."""
        return len(self.body.encode()) + _size(self.message_attributes)

    def json_line(self) -> str:
        """One line without a receipt handle, which ``sqsd dlq send`` reads."""
        shape = {
            "MessageId": self.message_id,
            "Body": self.body,
            "Attributes": self.attributes,
            "MessageAttributes": self.message_attributes,
        }
        return json.dumps(shape, ensure_ascii=False)

    def entry(self, entry_id: str, *, fifo: bool, at_most: int = MAX_SIZE) -> dict[str, Any]:
        """What SendMessageBatch takes: the same message, with its original id in an attribute if that has room.

        Args:
            entry_id: its name in the batch
            fifo: whether it is for a FIFO queue
            at_most: bytes of a message that the queue takes

        Raises:
            ConfigurationError: an attribute is not one of SQS's.
        """
        entry: dict[str, Any] = {"Id": entry_id, "MessageBody": self.body}
        attributes = {name: _wired(name, attribute) for name, attribute in self.message_attributes.items()}
        if self.message_id and ORIGINAL not in attributes and len(attributes) < MAX_ATTRIBUTES:
            original = {ORIGINAL: {"DataType": "String", "StringValue": self.message_id}}
            attributes |= original if self.size + _size(original) <= at_most else {}
        if attributes:
            entry["MessageAttributes"] = attributes
        if self.group is not None:
            entry["MessageGroupId"] = self.group
        if fifo:
            entry["MessageDeduplicationId"] = self._deduplication_id()
        if _TRACE in self.attributes:
            trace = {"DataType": "String", "StringValue": self.attributes[_TRACE]}
            entry["MessageSystemAttributes"] = {_TRACE: trace}
        return entry

    def _deduplication_id(self) -> str:
        # The same message sent again after an interruption is dropped by SQS. An edited one is another. One that
        # failed again has another MessageId, so that it is never taken for the one before.
        content = json.dumps([self.message_id, self.group, self.body, self.message_attributes], sort_keys=True)
        return sha256(content.encode()).hexdigest()


def _size(attributes: Mapping[str, Shape]) -> int:
    return sum(
        len(name.encode()) + sum(len(str(part).encode()) for part in attribute.values())
        for name, attribute in attributes.items()
    )


def _map(shape: Shape, name: str) -> Mapping[str, Any]:
    value = shape.get(name, {})
    if not isinstance(value, dict):
        raise ConfigurationError(f"expected {name} to be an object")
    return value


def _wired(name: str, attribute: object) -> dict[str, Any]:
    match attribute:
        case {"DataType": str(kind), "BinaryValue": str(value)}:
            try:
                return {"DataType": kind, "BinaryValue": b64decode(value, validate=True)}
            except NotBase64:
                raise ConfigurationError(f"attribute {name}: BinaryValue is not base64") from None
        case {"DataType": str(kind), "StringValue": str(value)}:
            return {"DataType": kind, "StringValue": value}
        case _:
            raise ConfigurationError(f"attribute {name}: expected DataType, and StringValue or BinaryValue")
