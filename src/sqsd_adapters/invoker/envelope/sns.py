"""SNS's envelope: what it holds becomes the message; pure.

SNS puts a published message into JSON unless the subscription has raw message delivery::

    {"Type": "Notification", "MessageId": …, "TopicArn": …, "Subject": …, "Message": …,
     "MessageAttributes": {"color": {"Type": "String", "Value": "red"}}, …}

The signature is not verified: a sender of the queue can write the same.
"""

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqsd_core.message import NO_ATTRIBUTES, Message, MessageAttribute, Notification

_TYPE = "Notification"
_BINARY = "Binary"
_TRACE_HEADER = "AWSTraceHeader"  # X-Ray's, where a publisher wrote it into an attribute


class Unwrapped(NamedTuple):
    """A message, and the names of the envelope's attributes that could not be read."""

    message: Message
    unread: Sequence[str] = ()


def unwrapped(message: Message) -> Unwrapped:
    """Take the message out of its envelope; one without an envelope stays as it is.

    The envelope's attributes replace attributes of the same name that the queue delivered. Its AWSTraceHeader counts
    where SQS delivered none.
    """
    envelope = _envelope(message.body)
    if envelope is None:
        return Unwrapped(message)
    subject = envelope.get("Subject")
    attributes, unread = _attributes(envelope.get("MessageAttributes"))
    return Unwrapped(
        message._replace(
            body=envelope["Message"],
            attributes={**message.attributes, **attributes} if attributes else message.attributes,
            notification=Notification(
                topic_arn=envelope["TopicArn"],
                message_id=envelope["MessageId"],
                subject=subject if isinstance(subject, str) else None,
            ),
            trace_header=message.trace_header or _text(attributes.get(_TRACE_HEADER)),
        ),
        unread,
    )


def _envelope(body: str) -> Mapping[str, Any] | None:
    if f'"{_TYPE}"' not in body:  # spares other JSON from being read
        return None
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(envelope, dict) or envelope.get("Type") != _TYPE:
        return None
    texts = (envelope.get(name) for name in ("Message", "TopicArn", "MessageId"))
    return envelope if all(isinstance(text, str) for text in texts) else None


def _attributes(found: object) -> tuple[Mapping[str, MessageAttribute], Sequence[str]]:
    if not isinstance(found, dict):
        return NO_ATTRIBUTES, ()
    read = {name: _attribute(each) for name, each in found.items()}
    return (
        {name: attribute for name, attribute in read.items() if attribute is not None},
        [name for name, attribute in read.items() if attribute is None],
    )


def _text(attribute: MessageAttribute | None) -> str | None:
    return attribute.value if attribute is not None and isinstance(attribute.value, str) else None


def _attribute(found: object) -> MessageAttribute | None:
    match found:
        case {"Type": str(kind), "Value": str(value)}:
            pass
        case _:
            return None
    if not kind.startswith(_BINARY):
        return MessageAttribute(data_type=kind, value=value)
    try:
        return MessageAttribute(data_type=kind, value=b64decode(value, validate=True))
    except ValueError:
        return None
