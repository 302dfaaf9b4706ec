"""SQS's Query protocol: answers in XML, for SDKs before November 2023, shell scripts and curl."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from sqsd_adapters.queue.embedded.dialect import Reply
from sqsd_adapters.queue.embedded.errors import SqsError
from sqsd_adapters.queue.embedded.parameters import Json
from sqsd_adapters.queue.embedded.wire_errors import wire_error

CONTENT_TYPE = "text/xml"
NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"

# member → element of each item
_LISTS = {
    "Failed": "BatchResultErrorEntry",
    "Messages": "Message",
    "QueueUrls": "QueueUrl",
    "Results": "ListMessageMoveTasksResultEntry",
    "queueUrls": "QueueUrl",
}
# member → element of each entry, of its key and of its value
MAPS = {
    "Attributes": ("Attribute", "Name", "Value"),
    "MessageAttributes": ("MessageAttribute", "Name", "Value"),
    "Tags": ("Tag", "Key", "Value"),
}
#: operations that return nothing have no element for it
WITHOUT_RESULT = {
    "AddPermission",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "DeleteQueue",
    "PurgeQueue",
    "RemovePermission",
    "SetQueueAttributes",
    "TagQueue",
    "UntagQueue",
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class QueryDialect:
    """Writes answers as XML."""

    def answer(self, operation: str, answer: Json, *, request_id: str) -> Reply:
        result = "".join(_members(answer, operation))
        if operation not in WITHOUT_RESULT:
            result = _element(f"{operation}Result", result) if result else f"<{operation}Result/>"
        metadata = _element("ResponseMetadata", _text("RequestId", request_id))
        return _reply(200, f"{operation}Response", result + metadata)

    def refusal(self, error: SqsError, *, request_id: str) -> Reply:
        wire = wire_error(error)
        fields = _text("Type", wire.fault) + _text("Code", wire.query_code) + _text("Message", wire.query_message)
        content = _element("Error", f"{fields}<Detail/>") + _text("RequestId", request_id)
        return _reply(wire.status, "ErrorResponse", content)


def _reply(status: int, root: str, content: str) -> Reply:
    text = f'<?xml version="1.0"?><{root} xmlns="{NAMESPACE}">{content}</{root}>'
    return Reply(status=status, content_type=CONTENT_TYPE, body=text.encode())


def _members(fields: Mapping[str, Any], operation: str) -> Iterable[str]:
    for name, value in fields.items():
        match value:
            case list():
                item = f"{operation}ResultEntry" if name == "Successful" else _LISTS[name]
                yield from (_value(item, each, operation) for each in value)
            case dict() if name in MAPS:
                entry, key, content = MAPS[name]
                for label, each in value.items():
                    yield _element(entry, _text(key, label) + _value(content, each, operation))
            case _:
                yield _value(name, value, operation)


def _value(name: str, value: Any, operation: str) -> str:  # noqa: ANN401 - JSON
    match value:
        case dict():
            return _element(name, "".join(_members(value, operation)))
        case bool():
            return _text(name, "true" if value else "false")
        case _:
            return _text(name, str(value))


def _text(name: str, text: str) -> str:
    # a carriage return would reach the reader as a line feed
    return _element(name, escape(_NOT_XML.sub("\ufffd", text), {"\r": "&#xD;"}))


def _element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"
