"""A message inside the engine: what was sent, where it stands, and what a receive shows of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from sqsd_adapters.queue.embedded.checksums import md5_of_attributes, md5_of_body
from sqsd_core.message import NO_ATTRIBUTES, MessageAttribute, MessageId, ReceiptHandle

_SEQUENCE_BASE = 18_870_000_000_000_000_000  # SQS's sequence numbers have 20 digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What a sender asks for."""

    body: str = field(repr=False)
    attributes: Mapping[str, MessageAttribute] = field(default_factory=lambda: NO_ATTRIBUTES, repr=False)
    #: X-Ray's system attribute ``AWSTraceHeader``
    trace_header: str | None = None
    #: seconds; None takes the queue's
    delay: float | None = None
    group_id: str | None = None
    deduplication_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The receipt for a send."""

    message_id: MessageId
    md5_of_body: str
    md5_of_attributes: str | None
    md5_of_system_attributes: str | None
    #: FIFO queues only
    sequence_number: str | None

    @classmethod
    def of(cls, sending: Sending, *, message_id: str, sequence: int | None) -> "Sent":
        trace_header = sending.trace_header
        system = (
            NO_ATTRIBUTES
            if trace_header is None
            else {"AWSTraceHeader": MessageAttribute(data_type="String", value=trace_header)}
        )
        return cls(
            message_id=MessageId(message_id),
            md5_of_body=md5_of_body(sending.body),
            md5_of_attributes=md5_of_attributes(sending.attributes),
            md5_of_system_attributes=md5_of_attributes(system),
            sequence_number=None if sequence is None else sequence_number(sequence),
        )

    def repeated(self, sending: Sending) -> "Sent":
        """The answer to a duplicate: the id of the first message, and digests of the duplicate, which SDKs compare."""
        digests = Sent.of(sending, message_id=self.message_id, sequence=None)
        return replace(digests, sequence_number=self.sequence_number)


def sequence_number(sequence: int) -> str:
    """As FIFO queues show it."""
    return str(_SEQUENCE_BASE + sequence)


class State(Enum):
    """Where a message stands."""

    DELAYED = "delayed"
    VISIBLE = "visible"
    IN_FLIGHT = "in flight"
    GONE = "gone"


@dataclass(slots=True, kw_only=True)
class Stored:
    """One message of one queue. Instants are the engine's."""

    id: MessageId
    sending: Sending
    sent: Sent
    state: State = State.VISIBLE
    sent_at: float
    #: rises with every message, in every queue of the engine
    sequence: int
    receive_count: int = 0
    #: the receives of earlier queues, which don't count for this queue's redrive
    receives_elsewhere: int = 0
    first_received_at: float | None = None
    received_at: float = 0.0
    #: of the latest delivery
    receipt: ReceiptHandle | None = field(default=None, repr=False)
    #: the receive attempt that would bring this delivery again
    attempt_id: str | None = None
    #: the ARN of the queue that it was moved from
    source_arn: str | None = None
    #: whether it was delivered once more after its deletion, as a fault asked for
    redelivered: bool = False


def is_held(message: Stored, receipt: ReceiptHandle) -> bool:
    """Whether the delivery of this receipt is the latest one, and in flight."""
    return message.state is State.IN_FLIGHT and message.receipt == receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message as a receiver sees it. Instants are Unix time in seconds."""

    id: MessageId
    receipt: ReceiptHandle = field(repr=False)
    sending: Sending
    sent: Sent
    receive_count: int
    first_received_at: float
    sent_at: float
    sender_id: str
    source_arn: str | None
