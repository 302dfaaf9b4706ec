"""Fuzzes what is made of an answer: the worker's outcome, and SQS's JSON.

Run it with ``python -m tests.fuzz.run wire`` (see run.py).
"""

import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from enum import IntEnum
from typing import Any

from sqsd_adapters.fast_json import decode, standard_decode
from sqsd_adapters.invoker.http.answers import outcome, parse_retry_after
from sqsd_adapters.queue.sqs import wire
from sqsd_adapters.queue.sqs.received import received
from sqsd_adapters.transport.exchange import Answer
from sqsd_core.limits import MAX_VISIBILITY
from sqsd_core.message import Message, ReceiptHandle
from sqsd_core.outcome import Failed, Interrupted, Retained, RetryLater, Succeeded, Unavailable
from sqsd_core.ports.queue import QueueDescription

NOW = 1_767_225_600.0
SUCCESS = frozenset(range(200, 300))
RECEIPTS = [ReceiptHandle(f"receipt-{number}") for number in range(3)]
TEMPLATES: Mapping[int, Any] = {
    2: {
        "Messages": [
            {
                "MessageId": "1",
                "ReceiptHandle": "r",
                "Body": "b",
                "Attributes": {
                    "ApproximateReceiveCount": "1",
                    "ApproximateFirstReceiveTimestamp": "1767225600000",
                    "SentTimestamp": "1767225600000",
                    "SenderId": "s",
                    "MessageGroupId": "g",
                    "AWSTraceHeader": "t",
                },
                "MessageAttributes": {
                    "text": {"DataType": "String", "StringValue": "v"},
                    "bytes": {"DataType": "Binary", "BinaryValue": "AAA="},
                },
            }
        ]
    },
    3: {
        "Successful": [{"Id": "0"}, {"Id": "2"}],
        "Failed": [{"Id": "1", "Code": "InternalError", "SenderFault": False, "Message": "m"}],
    },
    4: {"Attributes": {"ApproximateNumberOfMessages": "3", "RedrivePolicy": '{"maxReceiveCount":"5"}'}},
}
#: what may stand where something else belongs
ODD: Sequence[Any] = (
    *(None, True, False, 0, -1, 1, 1.5, 1e999, -1e999, math.nan, 10**400, 2**63),
    *("", "0", "-1", "1.5", "nan", "inf", "9" * 400, "9" * 5000, "\ud800", "\0", "\u0661", "AA", "{}", "[]", "null"),
    *([], {}, [[]], [{}], [None], [1], ["x"], {"Id": []}, {"": {}}, {"maxReceiveCount": []}),
)


class Kind(IntEnum):
    """What is read: the first byte of an input."""

    RETRY_AFTER = 0
    DISPOSITION = 1
    RECEIVED = 2
    SETTLED = 3
    DESCRIBED = 4


SEEDS = (
    bytes([Kind.RETRY_AFTER]) + b"120",
    bytes([Kind.RETRY_AFTER]) + b"Wed, 21 Oct 2026 07:28:00 GMT",
    bytes([Kind.RETRY_AFTER]) + b"Sunday, 06-Nov-94 08:49:37 GMT",
    bytes([Kind.RETRY_AFTER]) + b"Sun Nov  6 08:49:37 1994",
    bytes([Kind.DISPOSITION]) + b"\x07delete",
    bytes([Kind.DISPOSITION]) + b"\x93retain",
    bytes([Kind.RECEIVED]) + b'{"Messages":[{"MessageId":"1","ReceiptHandle":"r","Body":"b","Attributes":'
    b'{"ApproximateReceiveCount":"1","SentTimestamp":"1","ApproximateFirstReceiveTimestamp":"2","SenderId":"s",'
    b'"MessageGroupId":"g","AWSTraceHeader":"t"},"MessageAttributes":{"a":{"DataType":"String","StringValue":"v"},'
    b'"b":{"DataType":"Binary","BinaryValue":"AAA="}}}]}',
    bytes([Kind.SETTLED])
    + b'{"Successful":[{"Id":"0"}],"Failed":[{"Id":"1","Code":"InternalError","SenderFault":false}]}',
    bytes([Kind.DESCRIBED])
    + b'{"Attributes":{"ApproximateNumberOfMessages":"3","RedrivePolicy":"{\\"maxReceiveCount\\":5}"}}',
)


def check(data: bytes) -> None:
    """Raise where a property does not hold."""
    kind, rest = Kind(data[0] % len(Kind) if data else 0), data[1:]
    match kind:
        case Kind.RETRY_AFTER:
            check_retry_after(rest)
        case Kind.DISPOSITION:
            check_outcome(rest)
        case _:
            check_shape(kind, rest)


def check_retry_after(value: bytes) -> None:
    after = parse_retry_after(value, now=NOW)
    assert after is None or 0.0 <= after <= MAX_VISIBILITY
    if value.strip().isdigit():
        assert after == min(int(value), MAX_VISIBILITY)


def check_outcome(data: bytes) -> None:
    status = 200 + 3 * data[0] % 400 if data else 200
    names = [b"x-sqsd-disposition", b"retry-after", b"x-other"]
    headers = [(names[number % 3], value) for number, value in enumerate(data[1:].split(b"\n"))]
    came = outcome(Answer(status, headers, b""), success=SUCCESS, now=lambda: NOW)
    asked = headers[0][1].strip().lower()
    match came:
        case Succeeded():
            assert asked == b"delete" or status in SUCCESS
        case Retained():
            assert asked == b"retain"
        case RetryLater(after=after):
            assert math.isfinite(after)
            assert 0.0 <= after <= MAX_VISIBILITY
        case Unavailable(after=after):
            assert status in (502, 503)
            assert after is None or 0.0 <= after <= MAX_VISIBILITY
        case Failed():
            assert asked != b"delete"
        case Interrupted():
            raise AssertionError("an answer is no interruption")


def check_shape(kind: Kind, body: bytes) -> None:
    """Whatever answers, the translation is well-formed or says that it cannot be made."""
    shape = _decoded(body) if body[:1] == b"{" else _mutated(TEMPLATES[kind], body)
    if not isinstance(shape, dict):
        return
    try:
        match kind:
            case Kind.RECEIVED:
                for message in received(shape, fifo=True, at_most=10).messages:
                    check_message(message)
            case Kind.SETTLED:
                failed = wire.failed(shape, RECEIPTS)
                assert len({entry.receipt for entry in failed}) == len(failed) <= len(RECEIPTS)
                assert {entry.receipt for entry in failed} >= set(RECEIPTS[_done(shape) :])
            case _:
                check_description(wire.description(shape))
    except wire.MalformedAnswer:
        pass


def check_message(message: Message) -> None:
    texts: Sequence[object] = (message.id, message.receipt, message.body)
    optional = (message.sender_id, message.group_id, message.trace_header)
    assert all(isinstance(text, str) for text in texts), "a part of the message is no text"
    assert all(text is None or isinstance(text, str) for text in optional), "an attribute of the system is no text"
    assert message.receive_count >= 1
    for instant in (message.first_received_at, message.sent_at):
        assert instant is None or math.isfinite(instant)
    for name, attribute in message.attributes.items():
        assert isinstance(name, str)
        assert isinstance(attribute.data_type, str)
        assert isinstance(attribute.value, str | bytes)


def check_description(description: QueueDescription) -> None:
    assert all(isinstance(count, int) for count in (description.visible, description.in_flight, description.delayed))


def _done(shape: Mapping[str, Any]) -> int:
    """One more than the highest entry that the answer calls done: those behind it must come back as failed."""
    ids = [str(entry["Id"]) for entry in shape.get("Successful") or () if isinstance(entry, Mapping) and "Id" in entry]
    return max((int(text) + 1 for text in ids if text in {"0", "1", "2"}), default=0)


def _mutated(template: Any, data: bytes) -> Any:
    """Put something odd at a few places: a byte for what, then one a step down to the place."""
    shape = deepcopy(template)
    for odd, *steps in zip(*[iter(data)] * 6, strict=False):
        shape = _replaced(shape, steps, ODD[odd % len(ODD)])
    return shape


def _replaced(shape: Any, steps: Sequence[int], odd: object) -> Any:
    if not steps or not steps[0] or not isinstance(shape, dict | list) or not shape:
        return odd
    keys = list(shape) if isinstance(shape, dict) else list(range(len(shape)))
    key = keys[steps[0] % len(keys)]
    shape[key] = _replaced(shape[key], steps[1:], odd)
    return shape


def _decoded(body: bytes) -> Any:
    for reader in (decode, standard_decode):
        try:
            return reader(body)
        except ValueError:
            continue
    return None
