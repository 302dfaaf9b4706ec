"""Runs a handler written for AWS Lambda in the daemon's process, with Lambda's event of one or several messages.

    LAMBDA_HANDLER=my_app.handler INVOKER=examples.lambda_adapter:run INVOKER_BATCH_SIZE=10 sqsd -e sqsd.env

LAMBDA_HANDLER has Lambda's form, ``module.function``. The handler gets None for its context. What it raises is a
failure of all messages, as with Lambda. The records name the queue of QUEUE_URL.
If sqsd.toml has the queues, they name none.
"""

import os
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from sqsd import EventSource, Failed, Message, Settings, event_source, lambda_event

Handler = Callable[[dict[str, Any], None], Any]


def run(messages: list[Message] | Message) -> object:
    """Call the handler with a batch, and return its ``batchItemFailures``; a single message comes with a size of 1."""
    if not isinstance(messages, list):
        return _of_one(handler()(lambda_event([messages], source=source()), None))
    return handler()(lambda_event(messages, source=source()), None)


def _of_one(answer: object) -> Failed | None:
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    return Failed("reported in batchItemFailures") if failures else None


@cache
def handler() -> Handler:
    module, _, function = os.environ["LAMBDA_HANDLER"].rpartition(".")
    found: Handler = getattr(import_module(module), function)
    return found


@cache
def source() -> EventSource:
    return event_source(Settings()) if os.environ.get("QUEUE_URL") else EventSource(arn="", region="")
