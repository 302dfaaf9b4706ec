"""``sqsd send``: one message to the queue, from an argument, a file or stdin."""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import typer

from sqsd_adapters.cli.queues.on_queues import Where, on_queues
from sqsd_adapters.cli.values.durations import read_duration
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.sqs.queues import Queues, name_of

MAX_DELAY = 900  # seconds; SQS: 15 minutes
MAX_ATTRIBUTES = 10  # SQS: attributes of a message
TYPES = ("String", "Number", "Binary")
STDIN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the command line says about the message."""

    message: str | None
    file: Path | None
    attributes: Sequence[str]
    group: str | None
    deduplication_id: str | None
    #: as parse_duration reads it
    delay: str | None


def send_message(*, where: Where, given: Given, as_json: bool) -> None:
    """Send it and print its id.

    Raises:
        ConfigurationError: names what is wrong with the message or the queue.
    """
    body = _body(given)
    entry = {"Id": "0", "MessageBody": body, **_optional(given)}
    attributes = read_attributes(given.attributes)
    if attributes:
        entry["MessageAttributes"] = attributes

    async def work(queues: Queues) -> tuple[str, str]:
        url = await queues.url_of(where.given)
        sent = await queues.send(url, [entry | _fifo(given, url)])
        if "0" not in sent.message_ids:
            raise ConfigurationError(f"SQS refuses the message: {sent.refused.get('0', 'no reason given')}")
        return url, sent.message_ids["0"]

    url, message_id = on_queues(where, work)
    typer.echo(json.dumps({"queue": name_of(url), "message_id": message_id}) if as_json else message_id)


def read_attributes(texts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Read ``NAME=VALUE`` and ``NAME:Number=VALUE``; raises ConfigurationError."""
    attributes: dict[str, dict[str, Any]] = {}
    for name, value in map(_attribute, texts):
        if name in attributes:
            raise ConfigurationError(f"--attribute {name}: given twice; a message has each attribute once")
        attributes[name] = value
    if len(attributes) > MAX_ATTRIBUTES:
        raise ConfigurationError(f"--attribute: SQS takes at most {MAX_ATTRIBUTES} attributes per message")
    return attributes


def _attribute(text: str) -> tuple[str, dict[str, Any]]:
    left, equals, value = text.partition("=")
    name, _, kind = left.partition(":")
    kind = kind or "String"
    if not name or not equals or not value or kind.partition(".")[0] not in TYPES:
        raise ConfigurationError(
            f"--attribute {text!r}: expected NAME=VALUE or NAME:TYPE=VALUE with a TYPE of String, Number or Binary, "
            "and a value that is not empty"
        )
    if kind.startswith("Binary"):
        return name, {"DataType": kind, "BinaryValue": value.encode()}
    return name, {"DataType": kind, "StringValue": value}


def _body(given: Given) -> str:
    if given.message is not None and given.file is not None:
        raise ConfigurationError("pass the message as an argument or with --file, not both")
    if given.file is not None and str(given.file) != STDIN:
        body = _decoded(_bytes_of(given.file), str(given.file))
    elif given.message is None or given.message == STDIN or given.file is not None:
        body = _read_stdin(asked=given.message == STDIN or given.file is not None)
    else:
        body = given.message
    if not body:
        raise ConfigurationError("the message is empty; SQS takes no empty message")
    return body


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"--file {file}: {error.strerror}") from None


def _read_stdin(*, asked: bool) -> str:
    if sys.stdin is None or (sys.stdin.isatty() and not asked):
        raise ConfigurationError("no message: pass it as an argument, with --file, or on stdin")
    return _decoded(sys.stdin.buffer.read(), "stdin")


def _decoded(data: bytes, source: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ConfigurationError(f"{source}: not UTF-8 text, which a message of SQS is") from None


def _optional(given: Given) -> Mapping[str, Any]:
    if given.delay is None:
        return {}
    delay = read_duration("--delay", given.delay)
    if delay > MAX_DELAY:
        raise ConfigurationError(f"--delay {given.delay}: SQS delays a message by at most {MAX_DELAY // 60} minutes")
    return {"DelaySeconds": math.ceil(delay)}


def _fifo(given: Given, url: str) -> dict[str, Any]:
    """The ids that a FIFO queue needs; a group alone is allowed on a standard queue (fair queues)."""
    group: dict[str, Any] = {} if given.group is None else {"MessageGroupId": given.group}
    if not url.endswith(".fifo"):
        if given.deduplication_id is not None:
            raise ConfigurationError("--deduplication-id: only FIFO queues deduplicate, and this is a standard queue")
        return group
    if given.group is None:
        raise ConfigurationError("--group: a FIFO queue needs a message group; pass --group NAME")
    if given.delay:
        raise ConfigurationError("--delay: a FIFO queue has no delay per message; its attribute DelaySeconds has")
    return group | {"MessageDeduplicationId": given.deduplication_id or str(uuid4())}
