"""Jobs that misbehave inside the daemon, for ``INVOKER=tests.support.jobs:…``; the body says how."""

import asyncio
import os
import sys
import threading
import time
from contextlib import suppress

from sqsd_core.message import Message

BLOCK = 1.6  # seconds; a loop that is blocked for one second is logged


def in_thread(message: Message) -> None:
    match message.body:
        case "raise":
            raise ValueError(message.id)
        case "exit":
            sys.exit(7)
        case "stick":
            threading.Event().wait()
        case _:
            pass


async def in_loop(message: Message) -> None:
    match message.body:
        case "raise":
            raise ValueError(message.id)
        case "exit":
            sys.exit(7)
        case "block":
            time.sleep(BLOCK)  # noqa: ASYNC251 - the fault
            raise TimeoutError
        case "cancel":
            raise asyncio.CancelledError
        case "die":
            os._exit(1)
        case "swallow":
            await _swallow_every_cancellation()
        case _:
            pass


async def _swallow_every_cancellation() -> None:
    while True:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
