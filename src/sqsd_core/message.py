"""A message as SQS delivers it; all other modules use these types."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, NewType

MessageId = NewType("MessageId", str)
MessageId.__doc__ = "SQS's MessageId, a str: the same for every delivery of a message."
ReceiptHandle = NewType("ReceiptHandle", str)
ReceiptHandle.__doc__ = "A str that identifies one delivery; needed to delete or hide the message. Never logged."


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAttribute:
    """A typed attribute of a message; SQS allows up to ten.

    ``data_type`` is ``String``, ``Number`` or ``Binary``. The sender may add a label: ``Number.int``. ``value`` is
    bytes if the data type is Binary, else a str, also for a number.
    """

    data_type: str
    value: str | bytes


NO_ATTRIBUTES: Mapping[str, MessageAttribute] = MappingProxyType({})


class Notification(NamedTuple):
    """The fields of SNS's envelope, if sqsd took the message out of one (MESSAGE_ENVELOPE=sns)."""

    topic_arn: str
    #: SNS's own; the same for all subscribers of the topic
    message_id: str
    subject: str | None = None


class Message(NamedTuple):
    """One delivery of a message.

    ``receive_count`` includes this delivery, so it is at least 1. ``first_received_at`` and ``sent_at`` are Unix time
    in seconds, or None if SQS did not send them. ``group_id`` is set for FIFO queues only: messages of one group run
    one at a time, in order. ``tenant_id`` is the MessageGroupId on a standard queue, where it does not order messages.
    ``trace_header`` is the sender's ``AWSTraceHeader``.

    Use the fields by name. It is a tuple because one is made per delivery: a frozen dataclass takes 2.5 times as long.
    """

    id: MessageId
    receipt: ReceiptHandle
    body: str
    receive_count: int = 1
    first_received_at: float | None = None
    sent_at: float | None = None
    sender_id: str | None = None
    group_id: str | None = None
    tenant_id: str | None = None
    trace_header: str | None = None
    attributes: Mapping[str, MessageAttribute] = NO_ATTRIBUTES
    #: FIFO queues only: SQS's number, which grows within a group
    sequence_number: str | None = None
    #: FIFO queues only: the MessageDeduplicationId
    deduplication_id: str | None = None
    #: only of a message that came in SNS's envelope
    notification: Notification | None = None

    def __repr__(self) -> str:
        group = f", group {self.group_id!r}" if self.group_id is not None else ""
        return f"<Message {self.id!r}, receive {self.receive_count}{group}>"
