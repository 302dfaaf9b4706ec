"""SQS's Query protocol with answers in JSON, for requests whose Accept header asks for it."""

import json
from typing import Any

from sqsd_adapters.queue.embedded.dialect import Reply
from sqsd_adapters.queue.embedded.errors import SqsError
from sqsd_adapters.queue.embedded.parameters import Json
from sqsd_adapters.queue.embedded.query_dialect import MAPS, WITHOUT_RESULT
from sqsd_adapters.queue.embedded.wire_errors import wire_error

CONTENT_TYPE = "application/json"

# these names are not those of the XML elements, and the members are there without content as well
_NAMES = {"Messages": "messages", "QueueUrls": "queueUrls"}
_ALWAYS = {"ListQueues": "queueUrls", "ReceiveMessage": "messages"}


class QueryJsonDialect:
    """Writes answers as JSON in the envelope of the XML; lists stay lists, and maps are lists of names and values."""

    def answer(self, operation: str, answer: Json, *, request_id: str) -> Reply:
        content: Json = {"ResponseMetadata": {"RequestId": request_id}}
        if operation not in WITHOUT_RESULT:
            empty = {_ALWAYS[operation]: None} if operation in _ALWAYS else {}
            content[f"{operation}Result"] = {**empty, **_members(answer)}
        return _reply(200, {f"{operation}Response": content})

    def refusal(self, error: SqsError, *, request_id: str) -> Reply:
        wire = wire_error(error)
        fields = {"Code": wire.query_code, "Message": wire.query_message, "Type": wire.fault}
        return _reply(wire.status, {"Error": fields, "RequestId": request_id})


def _reply(status: int, body: Json) -> Reply:
    return Reply(status=status, content_type=CONTENT_TYPE, body=json.dumps(body).encode())


def _members(fields: Json) -> Json:
    return {_NAMES.get(name, name): _value(name, value) for name, value in fields.items()}


def _value(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    match value:
        case list():
            return [_value("", each) for each in value]
        case dict() if name in MAPS:
            _, key, content = MAPS[name]
            return [{key: label, content: each} for label, each in value.items()]
        case dict():
            return _members(value)
        case _:
            return value
