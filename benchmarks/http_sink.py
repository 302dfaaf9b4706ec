"""The worker of the bench: answers each POST after the injected latency, and counts each message."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson

from benchmarks.delay import DelayLine
from benchmarks.http_server import HttpConnection, answer, json_answer, serve

OK = answer(b"200 OK")
SPREAD, PRIME = 40_503, 65_521  # they spread the failures, or all of them would be in the same FIFO groups
FAILED = answer(b"500 Internal Server Error")
MESSAGE_ID = b"x-aws-sqsd-msgid"


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Number of requests per message; the first eight hex digits of an id are the index."""

    counts: bytearray = field(default_factory=bytearray)
    requests: int = 0
    #: requests whose message id is not one of the simulator's
    strangers: int = 0
    #: one message in so many fails the first time; 0: none does
    failing: int = 0
    failed: int = 0

    def record(self, message_id: bytes) -> bool:
        """Count a request; say whether it succeeds."""
        self.requests += 1
        try:
            index = int(message_id[:8], 16)
            self.counts[index] = min(self.counts[index] + 1, 255)
        except (ValueError, IndexError):
            self.strangers += 1
            return True
        fails = bool(self.failing) and index * SPREAD % PRIME % self.failing == 0 and self.counts[index] == 1
        self.failed += fails
        return not fails

    def statistics(self) -> dict[str, int]:
        distinct = len(self.counts) - self.counts.count(0)
        return {
            "requests": self.requests,
            "distinct": distinct,
            "duplicates": self.requests - self.strangers - distinct - self.failed,
            "strangers": self.strangers,
        }


class Spinner:
    """Keeps the process awake, so that a request never has to wake it."""

    def __init__(self, *, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._busy = False

    def reset(self, *, busy: bool) -> None:
        if busy and not self._busy:
            self._loop.call_soon(self._spin)
        self._busy = busy

    def _spin(self) -> None:
        if self._busy:
            os.sched_yield()  # the simulator of SQS runs on the same core
            self._loop.call_soon(self._spin)


class SinkConnection(HttpConnection):
    __slots__ = ("_delay", "_ledger", "_message_id", "_spinner")

    def __init__(self, *, ledger: Ledger, delay: DelayLine, spinner: "Spinner") -> None:
        super().__init__()
        self._ledger = ledger
        self._delay = delay
        self._spinner = spinner
        self._message_id = b""

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(name) == len(MESSAGE_ID) and name.lower() == MESSAGE_ID:
            self._message_id = value

    def on_request(self, body: bytes) -> None:  # noqa: ARG002 - the worker of the bench ignores the body
        self._delay.flush()
        succeeds = self._ledger.record(self._message_id)
        self._message_id = b""
        self._delay.submit(self.transport, OK if succeeds else FAILED)

    def on_control(self, verb: str, body: bytes) -> bytes:
        match verb:
            case "reset":
                order = orjson.loads(body)
                self._ledger.counts = bytearray(order["messages"])
                self._ledger.requests = self._ledger.strangers = self._ledger.failed = 0
                self._ledger.failing = round(1 / order["failing"]) if order["failing"] else 0
                self._delay.reset(order["seconds"])
                self._spinner.reset(busy=order["busy"])
            case "statistics":
                return json_answer({**self._ledger.statistics(), "mean_delay": self._delay.mean})
            case _:
                return answer(b"404 Not Found")
        return OK


def connect(loop: asyncio.AbstractEventLoop) -> Callable[[], SinkConnection]:
    ledger, delay, spinner = Ledger(), DelayLine(loop=loop), Spinner(loop=loop)
    return lambda: SinkConnection(ledger=ledger, delay=delay, spinner=spinner)


if __name__ == "__main__":
    serve(connect)
