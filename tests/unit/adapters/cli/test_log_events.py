"""A message that spells out its fields is still logged under its constant event."""

import json
import logging

from sqsd_adapters.cli.logs.logs import JsonFormatter, TextFormatter


def spelled_out() -> logging.LogRecord:
    extra = {"event": "job failed", "message_id": "a-1", "reason": "status 500"}
    return logging.getLogger("sqsd_core.flow").makeRecord(
        "sqsd_core.flow", logging.WARNING, "", 0, "job failed: message %s, %s", ("a-1", "status 500"), None, extra=extra
    )


def test_in_json_the_event_is_the_constant_phrase_and_the_fields_are_kept() -> None:
    entry = json.loads(JsonFormatter().format(spelled_out()))

    assert (entry["event"], entry["message_id"], entry["reason"]) == ("job failed", "a-1", "status 500")


def test_in_text_nothing_is_said_twice() -> None:
    line = TextFormatter().format(spelled_out())

    assert line.endswith('WARNING job failed message_id=a-1 reason="status 500"')
