"""The message as SQS hands it over: the vocabulary of everything else."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, NewType

#: SQS's MessageId: the same for every delivery of one message.
MessageId = NewType("MessageId", str)
#: Proof of one delivery; deletes and hides the message. Never logged.
ReceiptHandle = NewType("ReceiptHandle", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAttribute:
    """One of a message's up to ten typed attributes."""

    #: ``String``, ``Number`` or ``Binary``, possibly with a label of the sender's: ``Number.int``
    data_type: str
    #: bytes where the data type is Binary
    value: str | bytes


NO_ATTRIBUTES: Mapping[str, MessageAttribute] = MappingProxyType({})


class Message(NamedTuple):
    """One delivery of a message. Instants are Unix time in seconds.

    Made and read by name. A tuple since one is made for each delivery: a frozen dataclass takes two and a half times
    as long.
    """

    id: MessageId
    receipt: ReceiptHandle
    body: str
    #: this delivery included, so at least 1
    receive_count: int = 1
    first_received_at: float | None = None
    sent_at: float | None = None
    sender_id: str | None = None
    #: FIFO queues only: messages of one group run one at a time, in order
    group_id: str | None = None
    #: standard queues only: the sender's MessageGroupId, which makes a queue fair and orders nothing
    tenant_id: str | None = None
    #: the sender's ``AWSTraceHeader``
    trace_header: str | None = None
    attributes: Mapping[str, MessageAttribute] = NO_ATTRIBUTES

    def __repr__(self) -> str:
        group = f", group {self.group_id!r}" if self.group_id is not None else ""
        return f"<Message {self.id!r}, receive {self.receive_count}{group}>"
