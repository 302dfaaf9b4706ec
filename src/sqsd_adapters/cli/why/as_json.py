"""What ``sqsd why --json`` prints: times in UTC, durations in seconds; pure."""

from collections.abc import Mapping
from typing import Any

from sqsd_adapters.cli.why.asking import Answers
from sqsd_core.policy.history import Cause, Found
from sqsd_core.policy.life import Event, Life
from sqsd_core.utc import iso_utc_milliseconds


def answers(given: Answers) -> Mapping[str, Any]:
    return {
        "messages": [_life(life) for life in given.lives],
        "causes": [_cause(cause) for cause in given.causes],
        "daemons": [_daemon(address, found) for address, found in given.found.items()],
        "unavailable": given.silent,
    }


def _life(life: Life) -> Mapping[str, Any]:
    return {
        "message_id": life.message_id,
        "queue": life.queue,
        "dead_letter_queue": life.dead_letter_queue or None,
        "sent_at": None if life.sent_at is None else iso_utc_milliseconds(life.sent_at),
        "size": life.size,
        "group_id": life.group_id,
        "now": life.standing.name.lower(),
        "cause": life.cause or None,
        "forgotten": life.forgotten,
        "events": [_event(event) for event in life.events],
    }


def _event(event: Event) -> Mapping[str, Any]:
    """The fields that the kind of event has."""
    fields: dict[str, Any] = {"kind": event.kind.value, "at": iso_utc_milliseconds(event.at)}
    if event.receive_count:
        fields |= {"receive_count": event.receive_count, "by": event.by}
    if event.outcome:
        fields |= {"outcome": event.outcome, "duration": event.duration, "next_try_in": event.again, "last": event.last}
    if event.reason:
        fields["reason"] = event.reason
    if event.answer:
        fields["answer"] = event.answer
    return fields


def _cause(cause: Cause) -> Mapping[str, Any]:
    return {
        "reason": cause.reason,
        "messages": cause.messages,
        "dead": cause.dead,
        "recovered": cause.recovered,
        "latest": iso_utc_milliseconds(cause.latest),
        "samples": list(cause.samples),
    }


def _daemon(address: str, found: Found) -> Mapping[str, Any]:
    return {
        "address": address,
        "instance": found.instance,
        "since": iso_utc_milliseconds(found.since) if found.size else None,
        "remembered": found.remembered,
        "history_size": found.size,
    }
