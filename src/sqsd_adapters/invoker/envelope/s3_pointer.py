"""The pointer that the SQS and SNS Extended Clients leave in place of a large body; pure.

The body is ``["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": …, "s3Key": …}]``, and a message
attribute marks it. As in those clients, a body without the mark is no pointer.
"""

import json
import re
from typing import NamedTuple

from sqsd_core.message import Message

#: of today's clients, and of the Java client before version 1.1
_CLASSES = ("software.amazon.payloadoffloading.PayloadS3Pointer", "com.amazon.sqs.javamessaging.MessageS3Pointer")
#: the attribute that marks a pointer and has the size of the body: today's, and that of older clients
MARKS = ("ExtendedPayloadSize", "SQSLargePayloadSize")
MAX_KEY = 1_024  # bytes; S3's limit
#: no ARN: an access point may lead to another host than S3's own
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")


class Pointer(NamedTuple):
    """Where a body is."""

    bucket: str
    key: str

    @property
    def is_valid(self) -> bool:
        """Whether S3 can have such an object."""
        try:
            size = len(self.key.encode())
        except UnicodeEncodeError:  # half a surrogate pair
            return False
        return _BUCKET.fullmatch(self.bucket) is not None and 0 < size <= MAX_KEY


def pointer_in(message: Message) -> Pointer | None:
    """Where the body of the message is; None where it is in the message."""
    if not any(mark in message.attributes for mark in MARKS):
        return None
    try:
        read = json.loads(message.body)
    except (ValueError, RecursionError):
        return None
    match read:
        case [str(kind), {"s3BucketName": str(bucket), "s3Key": str(key)}] if kind in _CLASSES:
            return Pointer(bucket, key)
        case _:
            return None


def with_body(message: Message, body: str) -> Message:
    """The message with its body in place of the pointer, and without the mark."""
    attributes = {name: value for name, value in message.attributes.items() if name not in MARKS}
    return message._replace(body=body, attributes=attributes)
