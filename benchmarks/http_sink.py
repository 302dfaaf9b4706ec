"""The worker of the bench: answers every POST with 200 after the injected latency, and counts each message."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson

from benchmarks.delay import DelayLine
from benchmarks.http_server import HttpConnection, answer, json_answer, serve

OK = answer(b"200 OK")
MESSAGE_ID = b"x-aws-sqsd-msgid"


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Number of requests per message; the first eight hex digits of an id are the index."""

    counts: bytearray = field(default_factory=bytearray)
    requests: int = 0
    #: requests whose message id is not one of the simulator's
    strangers: int = 0

    def record(self, message_id: bytes) -> None:
        self.requests += 1
        try:
            index = int(message_id[:8], 16)
            self.counts[index] = min(self.counts[index] + 1, 255)
        except (ValueError, IndexError):
            self.strangers += 1

    def statistics(self) -> dict[str, int]:
        distinct = len(self.counts) - self.counts.count(0)
        return {
            "requests": self.requests,
            "distinct": distinct,
            "duplicates": self.requests - self.strangers - distinct,
            "strangers": self.strangers,
        }


class SinkConnection(HttpConnection):
    __slots__ = ("_delay", "_ledger", "_message_id")

    def __init__(self, *, ledger: Ledger, delay: DelayLine) -> None:
        super().__init__()
        self._ledger = ledger
        self._delay = delay
        self._message_id = b""

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(name) == len(MESSAGE_ID) and name.lower() == MESSAGE_ID:
            self._message_id = value

    def on_request(self, body: bytes) -> None:  # noqa: ARG002 - the worker of the bench ignores the body
        self._delay.flush()
        self._ledger.record(self._message_id)
        self._message_id = b""
        self._delay.submit(self.transport, OK)

    def on_control(self, verb: str, body: bytes) -> bytes:
        match verb:
            case "reset":
                order = orjson.loads(body)
                self._ledger.counts = bytearray(order["messages"])
                self._ledger.requests = self._ledger.strangers = 0
                self._delay.reset(order["seconds"])
            case "statistics":
                return json_answer({**self._ledger.statistics(), "mean_delay": self._delay.mean})
            case _:
                return answer(b"404 Not Found")
        return OK


def connect(loop: asyncio.AbstractEventLoop) -> Callable[[], SinkConnection]:
    ledger, delay = Ledger(), DelayLine(loop=loop)
    return lambda: SinkConnection(ledger=ledger, delay=delay)


if __name__ == "__main__":
    serve(connect)
