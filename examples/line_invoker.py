"""An invoker of one's own: sends each message as a line of JSON to a worker, and reads one line back.

    LINE_WORKER=127.0.0.1:7000 INVOKER=examples.line_invoker:LineInvoker QUEUE_URL=... sqsd

The worker answers ``ok``, or a reason for the log. An adapter turns every error of its vendor into an outcome.
"""

import asyncio
import json
import os

from sqsd import Failed, Message, Outcome, Succeeded, Unavailable


class LineInvoker:
    """One connection per message, which the end of the call closes, cancelled or not."""

    def __init__(self, *, host: str | None = None, port: int | None = None) -> None:
        address, _, number = os.environ.get("LINE_WORKER", "127.0.0.1:7000").rpartition(":")
        self._host = host or address
        self._port = port or int(number)

    async def invoke(self, message: Message) -> Outcome:
        try:
            reader, writer = await asyncio.open_connection(self._host, self._port)
        except OSError as error:
            return Unavailable(error.strerror or "not connected", unsent=True)
        try:
            writer.write(json.dumps(message.body).encode() + b"\n")
            await writer.drain()
            answer = (await reader.readline()).decode().strip()
        except OSError as error:
            return Failed(error.strerror or "connection lost")
        finally:
            writer.close()
        return Succeeded() if answer == "ok" else Failed(answer or "no answer")
