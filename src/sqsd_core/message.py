"""A message as SQS delivers it; all other modules use these types."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, NewType

#: SQS's MessageId; the same for every delivery of a message.
MessageId = NewType("MessageId", str)
#: Identifies one delivery; needed to delete or hide the message. Never logged.
ReceiptHandle = NewType("ReceiptHandle", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAttribute:
    """A typed attribute of a message; SQS allows up to ten."""

    #: ``String``, ``Number`` or ``Binary``; the sender may add a label: ``Number.int``
    data_type: str
    #: bytes if the data type is Binary
    value: str | bytes


NO_ATTRIBUTES: Mapping[str, MessageAttribute] = MappingProxyType({})


class Message(NamedTuple):
    """One delivery of a message. Instants are Unix time in seconds.

    Use the fields by name. It is a tuple because one is made per delivery: a frozen dataclass takes 2.5 times as long.
    """

    id: MessageId
    receipt: ReceiptHandle
    body: str
    #: includes this delivery, so at least 1
    receive_count: int = 1
    first_received_at: float | None = None
    sent_at: float | None = None
    sender_id: str | None = None
    #: FIFO queues only: messages of one group run one at a time, in order
    group_id: str | None = None
    #: standard queues only: the MessageGroupId, which makes a queue fair and orders nothing
    tenant_id: str | None = None
    #: the sender's ``AWSTraceHeader``
    trace_header: str | None = None
    attributes: Mapping[str, MessageAttribute] = NO_ATTRIBUTES
    #: FIFO queues only: SQS's number, which grows within a group
    sequence_number: str | None = None
    #: FIFO queues only: the MessageDeduplicationId
    deduplication_id: str | None = None

    def __repr__(self) -> str:
        group = f", group {self.group_id!r}" if self.group_id is not None else ""
        return f"<Message {self.id!r}, receive {self.receive_count}{group}>"
