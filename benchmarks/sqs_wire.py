"""SQS's JSON protocol as far as the bench needs it: pure translation, with a cache for repeated parts."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from benchmarks.http_server import answer
from benchmarks.queue_model import Delivery

TARGET = b"AmazonSQS."
DEFAULT_VISIBILITY = 30  # SQS: VisibilityTimeout of a new queue
RECEIPT_PADDING = b"A" * 160  # SQS's receipt handles are some 180 characters long
NOTHING = b"%.0a"  # formats the receive count as nothing if it was not requested
MESSAGE_ID = "%08x-0000-4000-8000-000000000000"
SYSTEM_ATTRIBUTES = {
    "SenderId": "AIDAIENQZJOLO23YVJ4VO",
    "SentTimestamp": "1700000000000",
    "ApproximateReceiveCount": "%d",
    "ApproximateFirstReceiveTimestamp": "1700000000001",
}
GROUP = {"MessageGroupId": "group-%d"}
_HEADERS = b"x-amzn-RequestId: 00000000-0000-4000-8000-000000000000\r\nContent-Type: application/x-amz-json-1.0\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveOrder:
    """The parameters of a ReceiveMessage; ``attributes`` is JSON with one %d for the receive count.

    On a FIFO queue it has a second %d for the group.
    """

    limit: int
    wait: float
    visibility: float
    attributes: bytes


class ReceiptHandleIsInvalid(Exception):
    """The receipt handle is unknown."""


@lru_cache(maxsize=256)
def receive_order(body: bytes, *, fifo: bool = False) -> ReceiveOrder:
    order = orjson.loads(body)
    names = {*order.get("AttributeNames", ()), *order.get("MessageSystemAttributeNames", ())}
    wanted = {name: text for name, text in SYSTEM_ATTRIBUTES.items() if names & {name, "All"}}
    wanted |= GROUP if fifo else {}
    return ReceiveOrder(
        limit=order.get("MaxNumberOfMessages", 1),
        wait=order.get("WaitTimeSeconds", 0),
        visibility=order.get("VisibilityTimeout", DEFAULT_VISIBILITY),
        attributes=orjson.dumps(wanted) + (b"" if "ApproximateReceiveCount" in wanted else NOTHING),
    )


@lru_cache(maxsize=1024)
def body_members(body: str) -> bytes:
    """Build the members of a received message that depend only on its body."""
    digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
    return orjson.dumps({"MD5OfBody": digest, "Body": body})[1:-1]


def receive_answer(order: ReceiveOrder, deliveries: Iterable[tuple[Delivery, str]], *, groups: int = 0) -> bytes:
    messages = [
        b'{"MessageId":"%08x-0000-4000-8000-000000000000","ReceiptHandle":"%b",%b,"Attributes":%b}'
        % (
            index,
            receipt(index, count),
            body_members(body),
            order.attributes % ((count, index % groups) if groups else count),
        )
        for (index, count), body in deliveries
    ]
    return ok(b'{"Messages":[%b]}' % b",".join(messages) if messages else b"{}")


def receipt(index: int, receive_count: int) -> bytes:
    return b"AQEB%08x%08x%b" % (index, receive_count, RECEIPT_PADDING)


def index_of(handle: str, *, sent: int) -> int:
    """Return the index of the message that the receipt handle belongs to.

    Raises:
        ReceiptHandleIsInvalid: it is not one that ``receipt`` made for one of ``sent`` messages.
    """
    try:
        index = int(handle[4:12], 16)
    except ValueError:
        index = sent
    if index >= sent or not handle.startswith("AQEB"):
        raise ReceiptHandleIsInvalid
    return index


def batch_answer(done: list[str], failed: list[str]) -> bytes:
    """Answer a batch; an entry fails only if its receipt handle is invalid."""
    entries = [{"Id": entry, "SenderFault": True, "Code": "ReceiptHandleIsInvalid"} for entry in failed]
    return ok(orjson.dumps({"Successful": [{"Id": entry} for entry in done], "Failed": entries}))


def redrive_policy(max_receive_count: int) -> str:
    target = "arn:aws:sqs:us-east-1:000000000000:dead.fifo"
    return orjson.dumps({"deadLetterTargetArn": target, "maxReceiveCount": max_receive_count}).decode()


def ok(body: bytes = b"{}") -> bytes:
    return answer(b"200 OK", body, _HEADERS)


def json_ok(value: dict[str, Any]) -> bytes:
    return ok(orjson.dumps(value))


def error(code: str, message: str, *, namespace: str = "com.amazonaws.sqs", query_code: str = "") -> bytes:
    """Build an x-amz-json error; ``query_code`` is the code of the older query protocol, if it differs."""
    body = orjson.dumps({"__type": f"{namespace}#{code}", "message": message})
    query = f"x-amzn-query-error: {query_code or code};Sender\r\n".encode()
    return answer(b"400 Bad Request", body, _HEADERS + query)
