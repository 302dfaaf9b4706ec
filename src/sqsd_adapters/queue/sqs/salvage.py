"""Reads what can be read of a message that is not written as SQS writes it; pure, and raises nothing."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqsd_adapters.queue.sqs import fields
from sqsd_core.message import NO_ATTRIBUTES, Message, MessageAttribute, MessageId, ReceiptHandle

T = TypeVar("T")
Parts = Mapping[str, Any]


class Salvage:
    """One message, part by part."""

    def __init__(self, raw: object, *, fifo: bool) -> None:
        #: the parts that could not be read, by SQS's names
        self.dropped: list[str] = []
        parts: Parts = raw if isinstance(raw, dict) else {}
        system = self._mapping(parts, "Attributes")
        #: empty where it cannot be read
        self.id = self._key(parts, "MessageId")
        self.group_id = self._part(system, "MessageGroupId", fields.text_or_number, None)
        receipt, body = self._key(parts, "ReceiptHandle"), self._part(parts, "Body", fields.text, None)
        #: None where a part is missing without which it cannot run, cannot be settled, or cannot keep its place
        self.message: Message | None = None
        if not self.id or not receipt or body is None or (fifo and "MessageGroupId" in self.dropped):
            return
        self.message = Message(
            id=MessageId(self.id),
            receipt=ReceiptHandle(receipt),
            body=body,
            receive_count=self._part(system, "ApproximateReceiveCount", fields.count, 1),
            first_received_at=self._part(system, "ApproximateFirstReceiveTimestamp", fields.seconds, None),
            sent_at=self._part(system, "SentTimestamp", fields.seconds, None),
            sender_id=self._part(system, "SenderId", fields.text_or_number, None),
            group_id=self.group_id if fifo else None,
            tenant_id=None if fifo else self.group_id,
            trace_header=self._part(system, "AWSTraceHeader", fields.text_or_number, None),
            attributes=self._attributes(parts),
            sequence_number=self._part(system, "SequenceNumber", fields.text_or_number, None) if fifo else None,
            deduplication_id=self._part(system, "MessageDeduplicationId", fields.text_or_number, None)
            if fifo
            else None,
        )

    def _attributes(self, parts: Parts) -> Mapping[str, MessageAttribute]:
        read = {}
        for name, raw in self._mapping(parts, "MessageAttributes").items():
            try:
                read[name] = fields.attribute(raw)
            except fields.MISREAD:
                self.dropped.append(f"MessageAttributes.{name}")
        return read or NO_ATTRIBUTES

    def _mapping(self, parts: Parts, name: str) -> Parts:
        value = parts.get(name)
        if isinstance(value, dict):
            return value
        if value:
            self.dropped.append(name)
        return {}

    def _key(self, parts: Parts, name: str) -> str:
        """Read an id or a receipt handle; one that cannot be written as UTF-8 could not be sent back."""
        value: str = self._part(parts, name, _sendable, "")
        return value

    def _part(self, parts: Parts, name: str, read: Callable[[Any], T], otherwise: T) -> T:
        if name not in parts and read not in _NECESSARY:
            return otherwise
        try:
            return read(parts.get(name))
        except fields.MISREAD:
            self.dropped.append(name)
            return otherwise


def _sendable(value: object) -> str:
    text: str = fields.text(value)
    if not text.encode():
        raise ValueError("empty")
    return text


#: readers of parts that every message has
_NECESSARY = (_sendable, fields.text)
