"""The queue of the bench with its long polls and counters, and the timed run."""

import asyncio
from collections import Counter, deque
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from benchmarks import sqs_wire as wire
from benchmarks.delay import DelayLine
from benchmarks.fifo_model import FifoModel
from benchmarks.measure import cpu_seconds
from benchmarks.queue_model import QueueModel

BODY_BYTES = 300
MAX_RECEIVE_COUNT = 5  # of the FIFO queue
SWEEP = 0.05  # seconds between checks for visibility timeouts that ended


@dataclass(slots=True, eq=False, kw_only=True)
class Poll:
    """A long poll that waits for a message."""

    transport: asyncio.WriteTransport
    order: wire.ReceiveOrder
    timer: asyncio.TimerHandle | None = None
    over: bool = False

    def end(self) -> None:
        self.over = True
        if self.timer:
            self.timer.cancel()


class Simulator:
    """The queue, its waiting long polls, the counters, and the timed run."""

    def __init__(self, *, loop: asyncio.AbstractEventLoop) -> None:
        self.delay = DelayLine(loop=loop)
        self._loop = loop
        self._polls: deque[Poll] = deque()
        self.reset(0.0, groups=0)
        loop.call_later(SWEEP, self._sweep)

    def reset(self, seconds: float, *, groups: int) -> None:
        """Start again with an empty queue and ``seconds`` of latency; waiting polls go on waiting.

        With ``groups`` above 0 it is a FIFO queue with that many message groups.
        """
        self.delay.reset(seconds)
        self.groups = groups
        self.model: QueueModel | FifoModel = (
            FifoModel(groups=groups, max_receive_count=MAX_RECEIVE_COUNT) if groups else QueueModel()
        )
        self.calls: Counter[str] = Counter()
        self.race: Race | None = None
        self._bodies: dict[int, str] = {}
        self._body = "x" * BODY_BYTES

    def load(self, order: dict[str, int]) -> None:
        """Start a timed run: ``warm_up`` messages, and after their deletion ``messages`` more, which are timed."""
        self._body = "x" * order.get("body_bytes", BODY_BYTES)
        self.race = Race(messages=order["messages"], warm_up=order["warm_up"], pid=order["pid"])
        self.model.send(self.race.warm_up)
        self._wake()
        self._advance()

    def statistics(self) -> dict[str, Any]:
        model = self.model
        return {
            "calls": self.calls,
            "sent": len(model),
            "received": model.received,
            "deleted": model.deleted,
            "deleted_twice": model.deleted_twice,
            "deleted_unseen": model.deleted_unseen,
            "waiting_polls": sum(not poll.over for poll in self._polls),
            "mean_delay": self.delay.mean,
            "started": self.race and self.race.started,
            "first": self.race and self.race.first,
            "finished": self.race and self.race.finished,
        }

    def end_polls(self) -> None:
        """Answer every waiting long poll, so that a drain ends at once."""
        while self._polls:
            self._end(self._polls.popleft())

    def receive(self, transport: asyncio.WriteTransport, order: wire.ReceiveOrder) -> Poll | None:
        """Answer at once, or return the long poll that now waits."""
        self.model.expire(perf_counter())
        if self.model.visible or not order.wait:
            self._hand_out(transport, order)
            return None
        poll = Poll(transport=transport, order=order)
        poll.timer = self._loop.call_later(order.wait, self._end, poll)
        self._polls.append(poll)
        return poll

    def send(self, body: str) -> str:
        index = self.model.send(1)[0]
        self._bodies[index] = body
        self._wake()
        return wire.MESSAGE_ID % index

    def delete(self, handle: str) -> None:
        self.model.delete(wire.index_of(handle, sent=len(self.model)))
        if self.groups:
            self._wake()  # the next message of the group
        self._advance()

    def hide(self, handle: str, seconds: float) -> None:
        index = wire.index_of(handle, sent=len(self.model))
        self.model.hide(index, seconds=seconds, now=perf_counter())
        if not seconds and self.model.expire(perf_counter()):
            self._wake()

    def _advance(self) -> None:
        if self.race and self.race.advance(self.model.deleted, self.calls):
            self.model.send(self.race.messages)
            self._wake()

    def _hand_out(self, transport: asyncio.WriteTransport, order: wire.ReceiveOrder) -> None:
        deliveries = self.model.receive(limit=order.limit, visibility=order.visibility, now=perf_counter())
        if not deliveries:
            self.calls["empty receives"] += 1
        bodies = ((delivery, self._bodies.get(delivery.number, self._body)) for delivery in deliveries)
        self.delay.submit(transport, wire.receive_answer(order, bodies, groups=self.groups))

    def _wake(self) -> None:
        while self._polls and self.model.visible:
            self._end(self._polls.popleft())

    def _end(self, poll: Poll) -> None:
        if poll.over:
            return
        poll.end()
        self._hand_out(poll.transport, poll.order)

    def _sweep(self) -> None:
        if self.model.expire(perf_counter()):
            self._wake()
        while self._polls and self._polls[0].over:
            self._polls.popleft()
        self._loop.call_later(SWEEP, self._sweep)


@dataclass(slots=True, kw_only=True)
class Race:
    """The timed part of a run: from the moment its messages are in the queue to the last delete."""

    messages: int
    warm_up: int
    pid: int
    started: dict[str, Any] | None = None
    first: dict[str, Any] | None = None
    finished: dict[str, Any] | None = None

    def advance(self, deleted: int, calls: Counter[str]) -> bool:
        """Count deletions; returns whether the timed messages must be sent now."""
        if self.started is None:
            if deleted < self.warm_up:
                return False
            self.started = self._mark(deleted, calls)
            return True
        if self.first is None:
            self.first = self._mark(deleted, calls)
        if self.finished is None and deleted >= self.warm_up + self.messages:
            self.finished = self._mark(deleted, calls)
        return False

    def _mark(self, deleted: int, calls: Counter[str]) -> dict[str, Any]:
        return {
            "at": perf_counter(),
            "cpu": cpu_seconds(self.pid),
            "deleted": deleted,
            "calls": dict(calls),
        }
