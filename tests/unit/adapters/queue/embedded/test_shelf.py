"""Random lives of a queue against a plain model that notes when each message is visible again."""

from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from sqsd_adapters.queue.embedded.errors import SqsError
from sqsd_adapters.queue.embedded.shelf import Counts
from sqsd_adapters.queue.embedded.stored import Received, Sending
from tests.support.embedded import numbered_engine

DELAY = st.sampled_from([0, 0, 5])
TIMEOUT = st.sampled_from([1, 10, 30])


@dataclass
class Model:
    """One message as a person would note it down."""

    visible_at: float
    receives: int = 0
    receipt: str = ""
    group: str = ""
    #: the order of sending
    number: int = 0


class QueueMachine(RuleBasedStateMachine):
    """A standard queue."""

    name = "jobs"
    deliveries: Bundle[Received] = Bundle("deliveries")

    @initialize()
    def begin(self) -> None:
        self.now = 0.0
        self.sent = 0
        self.engine = numbered_engine(jobs={}, jobs_fifo={})
        self.model: dict[str, Model] = {}

    @rule(delay=DELAY)
    def send(self, delay: float) -> None:
        self.sent += 1
        sent = self.engine.send(self.name, Sending(body="x", delay=delay), now=self.now)
        self.model[sent.message_id] = Model(visible_at=self.now + delay, number=self.sent)

    @rule(seconds=st.sampled_from([0.5, 1, 5, 10]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=deliveries, limit=st.integers(1, 4), visibility=TIMEOUT)
    def receive(self, limit: int, visibility: float) -> MultipleResults[Received]:
        received = self.engine.receive(self.name, limit=limit, visibility=visibility, now=self.now)
        self.check_received(received, limit)
        for message in received:
            noted = self.model[message.id]
            assert noted.visible_at <= self.now
            noted.receives += 1
            assert message.receive_count == noted.receives
            noted.visible_at = self.now + visibility
            noted.receipt = message.receipt
        return multiple(*received)

    def check_received(self, received: list[Received], limit: int) -> None:
        visible = sorted(noted.number for noted in self.model.values() if noted.visible_at <= self.now)
        assert [self.model[message.id].number for message in received] == visible[:limit]

    @rule(delivery=deliveries)
    def delete(self, delivery: Received) -> None:
        self.engine.delete(self.name, delivery.receipt, now=self.now)
        if delivery.id in self.model and self.model[delivery.id].receipt == delivery.receipt:
            del self.model[delivery.id]

    @rule(delivery=deliveries, timeout=st.sampled_from([0, 10, 60]))
    def change_visibility(self, delivery: Received, timeout: float) -> None:
        noted = self.model.get(delivery.id)
        if noted is not None and self.may_change(noted, delivery) and noted.visible_at > self.now:
            self.engine.change_visibility(self.name, delivery.receipt, timeout, now=self.now)
            noted.visible_at = self.now + timeout

    def may_change(self, noted: Model, delivery: Received) -> bool:
        return True

    @invariant()
    def counts_agree(self) -> None:
        hidden = [noted for noted in self.model.values() if noted.visible_at > self.now]
        in_flight = sum(noted.receives > 0 for noted in hidden)
        assert self.engine.counts(self.name, now=self.now) == Counts(
            visible=len(self.model) - len(hidden), in_flight=in_flight, delayed=len(hidden) - in_flight
        )


class FifoMachine(QueueMachine):
    """A FIFO queue: groups side by side, each in the order of sending."""

    name = "jobs.fifo"

    @rule(delay=st.just(0), group=st.sampled_from(["red", "blue", "green"]))
    def send(self, delay: float, group: str) -> None:
        self.sent += 1
        sending = Sending(body="x", group_id=group, deduplication_id=f"{self.sent}")
        sent = self.engine.send(self.name, sending, now=self.now)
        self.model[sent.message_id] = Model(visible_at=self.now, group=group, number=self.sent)

    def check_received(self, received: list[Received], limit: int) -> None:
        busy = set()
        open_groups: dict[str, list[int]] = {}
        for noted in sorted(self.model.values(), key=lambda noted: noted.number):
            if noted.visible_at > self.now:
                busy.add(noted.group)
            elif noted.group not in busy:
                open_groups.setdefault(noted.group, []).append(noted.number)
        assert len(received) == min(limit, sum(map(len, open_groups.values())))
        for group in {message.sending.group_id or "" for message in received}:
            numbers = [self.model[message.id].number for message in received if message.sending.group_id == group]
            assert numbers == open_groups[group][: len(numbers)]

    @rule(delivery=QueueMachine.deliveries)
    def delete(self, delivery: Received) -> None:
        noted = self.model.get(delivery.id)
        if noted is None or (noted.receipt == delivery.receipt and noted.visible_at > self.now):
            self.engine.delete(self.name, delivery.receipt, now=self.now)
            self.model.pop(delivery.id, None)
        else:
            with pytest.raises(SqsError, match="expired"):
                self.engine.delete(self.name, delivery.receipt, now=self.now)

    def may_change(self, noted: Model, delivery: Received) -> bool:
        return noted.receipt == delivery.receipt


TestStandardQueue = QueueMachine.TestCase
TestStandardQueue.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestFifoQueue = FifoMachine.TestCase
TestFifoQueue.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
