"""A message as JSON for the page: a row of the list, and all that is known of it."""

from base64 import b64encode
from collections.abc import Container
from typing import Any

from sqsd_adapters.dev.life import Call, Life, State, Step
from sqsd_core.message import MessageAttribute

Json = dict[str, Any]

SNIPPET = 200  # characters of a body in its row; the filter searches them
VALUE = 60  # characters of an attribute's value in a row


def state_of(life: Life, dead_letter_queues: Container[str]) -> State:
    """Where a message stands, with what its calls and its queue say."""
    if life.gone:
        return life.state
    if life.running is not None:
        return State.RUNNING
    return State.DEAD if life.queue in dead_letter_queues else life.state


def row(life: Life, dead_letter_queues: Container[str]) -> Json:
    """What the list shows of a message. Instants are milliseconds of Unix time."""
    state = state_of(life, dead_letter_queues)
    last = next((call for call in reversed(life.calls) if call.ended_at is not None), None)
    return {
        "id": life.id,
        "queue": life.queue,
        "state": state,
        "until": _ms(life.until) if state in {State.DELAYED, State.HIDDEN} else None,
        "sent": _ms(life.sent_at),
        "text": life.sending.body[:SNIPPET],
        "receives": life.receives,
        "answer": "" if last is None else last.answer[:VALUE],
        "ok": None if last is None else last.succeeded,
        "group": life.sending.group_id,
        "attributes": {name: _text(each)[:VALUE] for name, each in life.sending.attributes.items()},
    }


def whole(life: Life, dead_letter_queues: Container[str]) -> Json:
    """Everything about a message."""
    return {
        **row(life, dead_letter_queues),
        "body": life.sending.body,
        "attributes": [
            {"name": name, "type": each.data_type, "value": _text(each)}
            for name, each in life.sending.attributes.items()
        ],
        "deduplication": life.sending.deduplication_id,
        "trace": life.sending.trace_header,
        "steps": [_step(step) for step in life.steps],
        "calls": [_call(call, life.sending.body) for call in life.calls],
    }


def _step(step: Step) -> Json:
    fields: Json = {"at": _ms(step.at), "what": step.what, "detail": step.detail}
    if step.call is not None:
        fields["call"] = {
            "target": _request_line(step.call),
            "answer": step.call.answer,
            "ok": step.call.succeeded,
            "duration": step.call.duration,
        }
    return fields


def _call(call: Call, body: str) -> Json:
    return {
        "number": call.number,
        "at": _ms(call.at),
        "duration": call.duration,
        "line": _request_line(call),
        "headers": _lines(call.head)[1:],
        "body": body if call.with_body else "",
        "outcome": call.outcome,
        "reason": call.reason,
        "ok": call.succeeded,
        "status": call.status,
        "answer_headers": [f"{_latin(name)}: {_latin(value)}" for name, value in call.answer_headers],
        "answer_body": call.answer_body.decode("utf-8", "replace"),
        "traceback": call.traceback,
    }


def _request_line(call: Call) -> str:
    return _lines(call.head)[0] if call.head else ""


def _lines(head: bytes) -> list[str]:
    return _latin(head).split("\r\n")


def _latin(data: bytes) -> str:
    return data.decode("latin-1")


def _text(attribute: MessageAttribute) -> str:
    return attribute.value if isinstance(attribute.value, str) else b64encode(attribute.value).decode()


def _ms(instant: float | None) -> int | None:
    return None if instant is None else round(instant * 1000)
