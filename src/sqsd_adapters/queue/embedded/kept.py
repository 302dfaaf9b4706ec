"""A message as a file keeps it, pure: its content, written once, and its state, written at every change."""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

from sqsd_adapters.queue.embedded.stored import Sending, Sent, State, Stored
from sqsd_core.message import NO_ATTRIBUTES, MessageAttribute, MessageId, ReceiptHandle


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptState:
    """Where a message stands. Instants are Unix time in seconds; the fields are the columns of a table."""

    id: str
    queue: str
    sequence: int
    sent_at: float
    receive_count: int
    receives_elsewhere: int
    first_received_at: float | None
    received_at: float
    receipt: str | None
    source_arn: str | None
    in_flight: bool
    hidden_until: float
    expires_at: float


def state_of(queue: str, message: Stored, *, hidden_until: float, expires_at: float, epoch: float) -> KeptState:
    """``epoch`` is the Unix time at the engine's instant 0."""
    first = message.first_received_at
    return KeptState(
        id=message.id,
        queue=queue,
        sequence=message.sequence,
        sent_at=message.sent_at + epoch,
        receive_count=message.receive_count,
        receives_elsewhere=message.receives_elsewhere,
        first_received_at=None if first is None else first + epoch,
        received_at=message.received_at + epoch,
        receipt=message.receipt,
        source_arn=message.source_arn,
        in_flight=message.state is State.IN_FLIGHT,
        hidden_until=hidden_until + epoch,
        expires_at=expires_at + epoch,
    )


def restored(state: KeptState, content: str, *, epoch: float) -> Stored:
    """The message that ``state_of`` and ``content_of`` have kept."""
    sending = _sending(json.loads(content))
    fifo = state.queue.endswith(".fifo")
    first = state.first_received_at
    return Stored(
        id=MessageId(state.id),
        sending=sending,
        sent=Sent.of(sending, message_id=state.id, sequence=state.sequence if fifo else None),
        state=State.IN_FLIGHT if state.in_flight else State.VISIBLE,
        sent_at=state.sent_at - epoch,
        sequence=state.sequence,
        receive_count=state.receive_count,
        receives_elsewhere=state.receives_elsewhere,
        first_received_at=None if first is None else first - epoch,
        received_at=state.received_at - epoch,
        receipt=None if state.receipt is None else ReceiptHandle(state.receipt),
        source_arn=state.source_arn,
    )


def content_of(sending: Sending) -> str:
    """What never changes of a message."""
    fields = {
        "body": sending.body,
        "attributes": {name: _written(attribute) for name, attribute in sending.attributes.items()},
        "trace_header": sending.trace_header,
        "group_id": sending.group_id,
        "deduplication_id": sending.deduplication_id,
    }
    return json.dumps(fields)


def _sending(fields: dict[str, Any]) -> Sending:
    attributes = {name: _read(*attribute) for name, attribute in fields["attributes"].items()}
    return Sending(
        body=fields["body"],
        attributes=attributes or NO_ATTRIBUTES,
        trace_header=fields["trace_header"],
        group_id=fields["group_id"],
        deduplication_id=fields["deduplication_id"],
    )


def _written(attribute: MessageAttribute) -> tuple[str, str, bool]:
    value = attribute.value
    if isinstance(value, bytes):
        return attribute.data_type, b64encode(value).decode(), True
    return attribute.data_type, value, False


def _read(data_type: str, text: str, binary: bool) -> MessageAttribute:  # noqa: FBT001 - as it was written
    return MessageAttribute(data_type=data_type, value=b64decode(text) if binary else text)
