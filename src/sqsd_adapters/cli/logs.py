"""How log records look, and how loud each library may be."""

import json
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from sqsd_adapters.cli.log_sink import LogSink

STDOUT = 1  # the file descriptor

#: what every record has; anything else came in through ``extra``
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "event"}

#: most that libraries may say which tell too much below it: signing keys, URLs with passwords, receipts
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


class TextFormatter(logging.Formatter):
    """``2026-01-02T03:04:05.678Z INFO    event key=value``; a traceback follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={_word(value)}" for name, value in fields_of(record).items())
        line = f"{timestamp(record)} {record.levelname:<7} {_one_line(event_of(record))}{fields}"
        trace = _traceback(self, record)
        return f"{line}\n{trace}" if trace else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "ts": timestamp(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": event_of(record),
        }
        for name, value in fields_of(record).items():
            entry.setdefault(name, value)
        trace = _traceback(self, record)
        if trace:
            entry["exception"] = trace
        return json.dumps(entry, default=str, ensure_ascii=False)


FORMATTERS: Mapping[str, type[logging.Formatter]] = {"text": TextFormatter, "json": JsonFormatter}


def configure(*, level: str, form: Literal["text", "json"], fd: int) -> LogSink:
    """Send everything that is logged in this process to ``fd``; returns the running sink."""
    sink = LogSink(fd=fd)
    sink.setFormatter(FORMATTERS[form]())
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


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    trace = formatter.formatException(record.exc_info) if record.exc_info else ""
    return "\n".join(part for part in (trace, record.stack_info) if part)


def _word(value: object) -> str:
    """The value in one piece: quoted where a blank, a quote or a line break would tear it."""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    plain = text.isprintable() and text and not set(text) & set(" \"='")
    return text if plain else json.dumps(text, ensure_ascii=False)


def _one_line(text: str) -> str:
    return text if text.isprintable() else json.dumps(text, ensure_ascii=False)
