"""How log records look, and from which level on each library is logged."""

import json
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from sqsd_adapters.cli.logs.log_sink import LogSink
from sqsd_adapters.cli.logs.traces import last, traced
from sqsd_adapters.printable import printable

STDOUT = 1  # the file descriptor
TEXT = 4_096  # characters of an event or a field
RECORD = 60_000  # bytes, less than the sink takes
FIELDS = 50  # names that are logged of fields that are too long
NAME = 100  # characters of a field's name

#: what every record has; anything else came in through ``extra``
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "event"}

#: lowest level for libraries that log secrets below it: signing keys, URLs with passwords, receipt handles
CAPS: Mapping[str, int] = {
    "botocore": logging.INFO,
    "aiobotocore": logging.INFO,
    # they log where they found credentials each time they are asked, which is at each refusal
    "botocore.credentials": logging.WARNING,
    "aiobotocore.credentials": logging.WARNING,
    "boto3": logging.INFO,
    "aiohttp": logging.INFO,
    "urllib3": logging.INFO,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "hpack": logging.WARNING,
    "grpc": logging.WARNING,
    "redis": logging.INFO,
    "asyncio": logging.INFO,
}


class _Formatter(logging.Formatter):
    """Adds ``own`` fields, which every line has."""

    def __init__(self, own: Mapping[str, object] | None = None) -> None:
        super().__init__()
        self._own = own or {}

    def _fields_of(self, record: logging.LogRecord) -> dict[str, object]:
        return {**self._own, **fields_of(record)}


class TextFormatter(_Formatter):
    """``2026-01-02T03:04:05.678Z INFO    event key=value``; a traceback follows on indented lines of its own.

    Whatever is not printable is escaped, so that neither a value nor an exception can forge a line.
    """

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {printable(name, NAME)}={_word(value)}" for name, value in self._fields_of(record).items())
        line = f"{timestamp(record)} {record.levelname:<7} {printable(event_of(record), TEXT)}{fields}"
        return "\n    ".join([line[:RECORD], *_traceback(record)])


class JsonFormatter(_Formatter):
    """One JSON object per line, for machines; what a terminal would not show is escaped."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "ts": timestamp(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _cut(event_of(record)),
            **({"exception": "\n".join(trace)} if (trace := _traceback(record)) else {}),
        }
        fields = {
            name: _cut(value) if isinstance(value, str) else value for name, value in self._fields_of(record).items()
        }
        whole = {**entry, **{name: value for name, value in fields.items() if name not in entry}}
        without_fields = {**entry, "fields_dropped": [_cut(name, NAME) for name in list(fields)[:FIELDS]]}
        return next(filter(_fits, map(_json, (whole, without_fields))), _json({**entry, "exception": "too long"}))


FORMATTERS: Mapping[str, type[_Formatter]] = {"text": TextFormatter, "json": JsonFormatter}


def configure(
    *, level: str, form: Literal["text", "json"], fd: int, own: Mapping[str, object] | None = None, shared: bool = False
) -> LogSink:
    """Send everything that is logged in this process to ``fd``; returns the running sink.

    ``own`` are fields of every line; ``shared``: other processes write to the same file, pipe or terminal.
    """
    sink = LogSink(fd=fd, shared=shared)
    sink.setFormatter(FORMATTERS[form](own))
    root = logging.getLogger()
    root.handlers = [sink]
    root.setLevel(level.upper())
    for name, cap in CAPS.items():
        logging.getLogger(name).setLevel(max(cap, root.level))
    logging.captureWarnings(True)  # noqa: FBT003 - the standard library's signature
    sink.start()
    return sink


def default_format() -> Literal["text", "json"]:
    """The form where LOG_FORMAT says none: text on a terminal, else JSON."""
    return "text" if os.isatty(STDOUT) else "json"


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """What was passed as ``extra``."""
    return {name: value for name, value in record.__dict__.items() if name not in _STANDARD}


def event_of(record: logging.LogRecord) -> str:
    """The constant phrase, where the message spells out fields for handlers that show nothing else."""
    event = getattr(record, "event", None)
    return event if isinstance(event, str) else record.getMessage()


def timestamp(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _traceback(record: logging.LogRecord) -> list[str]:
    lines = traced(record.exc_info) if record.exc_info and record.exc_info[0] else []
    return lines + last(iter((record.stack_info or "").splitlines()))


def _word(value: object) -> str:
    """The value in one piece: quoted where a blank, a quote or a line break would tear it."""
    text = _cut(f"{value:.6g}" if isinstance(value, float) else str(value))
    is_plain = text and not set(text) & set(" \"='") and printable(text, TEXT) == text
    return text if is_plain else printable(json.dumps(text, ensure_ascii=False), 2 * TEXT)


def _cut(text: str, limit: int = TEXT) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _fits(line: str) -> bool:
    return len(line) <= RECORD // 4 or len(line.encode(errors="backslashreplace")) <= RECORD


def _json(entry: Mapping[str, object]) -> str:
    line = json.dumps(entry, default=str, ensure_ascii=False)
    if line.isprintable():
        return line
    # outside strings JSON has printable characters only, so these stand in strings
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in line)
