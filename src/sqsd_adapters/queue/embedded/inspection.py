"""``GET /_aws/sqs/messages``, as LocalStack has it: what is in a queue, without receiving it."""

import json
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from sqsd_adapters.queue.embedded import answers
from sqsd_adapters.queue.embedded.dialect import Reply
from sqsd_adapters.queue.embedded.engine import Engine
from sqsd_adapters.queue.embedded.errors import SqsError
from sqsd_adapters.queue.embedded.parameters import Json
from sqsd_adapters.queue.embedded.query_dialect import MAPS
from sqsd_adapters.queue.embedded.stored import Received, State
from sqsd_adapters.queue.embedded.wire_errors import wire_error
from sqsd_core.message import MessageId

_TRUE = frozenset({"true", "1"})


def messages_of(engine: Engine, name: str, options: Mapping[str, str], *, now: float) -> Json:
    """The fields of a ReceiveMessage's answer; ``options`` are ShowInvisible and ShowDelayed.

    Raises:
        SqsError: QueueDoesNotExist.
    """
    invisible = options.get("ShowInvisible", "").lower() in _TRUE
    delayed = options.get("ShowDelayed", "").lower() in _TRUE
    wanted = {State.VISIBLE} | ({State.IN_FLIGHT} if invisible else set()) | ({State.DELAYED} if delayed else set())
    found = engine.look(name, now=now)
    behind = _behind(found) if engine.settings(name).fifo and not invisible else frozenset()
    messages = []
    for state, received in found:
        if state not in wanted or received.id in behind:
            continue
        message = answers.message(received, system=["All"], attributes=["All"])
        if invisible:
            message["Attributes"]["IsVisible"] = str(state is not State.IN_FLIGHT).lower()
        if delayed:
            message["Attributes"]["IsDelayed"] = str(state is State.DELAYED).lower()
        messages.append(message)
    return {"Messages": messages}


def as_localstacks_json(answer: Json, *, request_id: str) -> Reply:
    """JSON in the shape of the XML answer, in which an element that occurs once is no list."""
    result: Json = (
        {"Message": _one_or_all([_message(each) for each in answer["Messages"]])} if answer["Messages"] else {}
    )
    body = {
        "ReceiveMessageResponse": {
            "ReceiveMessageResult": result,
            "ResponseMetadata": {"RequestId": request_id},
        }
    }
    return Reply(status=200, content_type="application/json", body=json.dumps(body).encode())


def localstacks_refusal(error: SqsError, *, request_id: str) -> Reply:
    """An error in the shape of the XML answer."""
    wire = wire_error(error)
    fields = {"Type": wire.fault, "Code": wire.query_code, "Message": wire.message}
    body = {"ErrorResponse": {"Error": fields, "RequestId": request_id}}
    return Reply(status=wire.status, content_type="application/json", body=json.dumps(body).encode())


def _behind(found: Iterable[tuple[State, Received]]) -> AbstractSet[MessageId]:
    """The visible messages that wait for an earlier one of their group, which is in flight."""
    groups: set[str | None] = set()
    behind: set[MessageId] = set()
    for state, received in found:
        if state is State.IN_FLIGHT:
            groups.add(received.sending.group_id)
        elif state is State.VISIBLE and received.sending.group_id in groups:
            behind.add(received.id)
    return behind


def _message(fields: Json) -> Json:
    message: Json = {}
    for name, value in fields.items():
        if name in MAPS:
            entry, key, content = MAPS[name]
            message[entry] = _one_or_all([{key: label, content: each} for label, each in value.items()])
        else:
            message[name] = value
    return message


def _one_or_all(items: list[Any]) -> Any:  # noqa: ANN401 - JSON
    return items[0] if len(items) == 1 else items
