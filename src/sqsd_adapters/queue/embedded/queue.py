"""The Queue port over the engine in this process: ``memory://NAME``, and everybody's unit tests."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Self
from uuid import uuid4

from sqsd_adapters.conforming import demand, demand_kind
from sqsd_adapters.queue.embedded.faults import NO_FAULTS, Encounter, Faults
from sqsd_adapters.queue.embedded.handed import demand_queue, demand_sending
from sqsd_adapters.queue.embedded.redrive import redrive_to
from sqsd_adapters.queue.embedded.sqs import EmbeddedSqs
from sqsd_adapters.queue.embedded.stored import Sending
from sqsd_adapters.queue.embedded.translation import carry_out_each, message_of, translated
from sqsd_core.errors import QueueUnavailable
from sqsd_core.message import NO_ATTRIBUTES, Message, MessageAttribute, MessageId, ReceiptHandle
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.queue import FailedEntry, QueueDescription, VisibilityChange


class EmbeddedQueue:
    """A queue in memory that behaves as SQS's do; a name that ends in ``.fifo`` makes it a FIFO queue.

    ::

        queue = EmbeddedQueue()
        queue.send("hello")
        ...
        assert queue.is_empty

    With ``max_receive_count`` the queue has a dead-letter queue. A receive moves a message there if the message was
    received that often before. Several EmbeddedQueue may share one EmbeddedSqs. Opening and closing do nothing:
    messages stay as long as a reference to the queue exists.

    Raises:
        TypeError: an argument is not of its type.
        ValueError: the queue exists with another ``max_receive_count``.
        SqsError: SQS would refuse the argument, for example a name with a space.
    """

    _named: ClassVar[dict[str, "EmbeddedQueue"]] = {}

    def __init__(
        self,
        *,
        sqs: EmbeddedSqs | None = None,
        clock: Clock | None = None,
        name: str = "jobs",
        max_receive_count: int | None = None,
        faults: Faults | None = None,
    ) -> None:
        demand_queue(name, max_receive_count)
        if clock is not None:
            demand("clock", clock, Clock)
        if sqs is not None:
            demand_kind("sqs", sqs, EmbeddedSqs)
        self._faults = faults
        self._sqs = EmbeddedSqs(clock=clock) if sqs is None else sqs
        self._engine = self._sqs.engine
        self._name = name
        self._fifo = name.endswith(".fifo")
        if name not in self._engine:
            self._create(max_receive_count)
        self._demand_same(max_receive_count)

    @classmethod
    def named(cls, name: str, *, clock: Clock | None = None, max_receive_count: int | None = None) -> "EmbeddedQueue":
        """Return the queue of this name in this process; the first call makes it, with ``clock``.

        Raises:
            ValueError: the queue exists with another ``max_receive_count``.
        """
        queue = cls.found(name, clock=clock, max_receive_count=max_receive_count)
        queue._demand_same(max_receive_count)  # noqa: SLF001 - its own kind
        return queue

    @classmethod
    def found(cls, name: str, *, clock: Clock | None = None, max_receive_count: int | None = None) -> "EmbeddedQueue":
        """Return it likewise; if the queue exists, its ``max_receive_count`` may differ."""
        if name not in cls._named:
            cls._named[name] = cls(clock=clock, name=name, max_receive_count=max_receive_count)
        return cls._named[name]

    @classmethod
    def forget(cls, name: str) -> None:
        """Let the next ``named`` make a new queue."""
        cls._named.pop(name, None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    def __repr__(self) -> str:
        counts = self._engine.counts(self._name, now=self._sqs.now())
        return (
            f"<EmbeddedQueue {self._name}: {counts.visible} visible, {counts.in_flight} in flight, "
            f"{counts.delayed} delayed>"
        )

    def send(
        self,
        body: str,
        *,
        attributes: Mapping[str, MessageAttribute] = NO_ATTRIBUTES,
        group_id: str | None = None,
        deduplication_id: str | None = None,
        delay: float | None = None,
        trace_header: str | None = None,
    ) -> MessageId:
        """Put a message into the queue; on a FIFO queue it gets a new deduplication id by default.

        Raises:
            TypeError: an argument is not of its type, for example a body that is a dict.
            SqsError: SQS would refuse the message, for example because its body is larger than 1 MiB or contains
                characters that XML does not allow.
        """
        if self._fifo and deduplication_id is None:
            deduplication_id = str(uuid4())
        sending = Sending(
            body=body,
            attributes=attributes,
            trace_header=trace_header,
            delay=delay,
            group_id=group_id,
            deduplication_id=deduplication_id,
        )
        demand_sending(sending)
        return self._engine.send(self._name, sending, now=self._sqs.now()).message_id

    @property
    def name(self) -> str:
        """The queue's name, as in ``X-Aws-Sqsd-Queue``."""
        return self._name

    async def receive(self, *, max_messages: int, wait: float, visibility: float) -> Sequence[Message]:
        """As ``Queue.receive``; ``wait`` and ``visibility`` are in seconds."""
        with translated():
            met = await self._meet("ReceiveMessage")
            answer = await self._sqs.receive(self._name, limit=max_messages, wait=wait, visibility=visibility, met=met)
        _lose(met)
        return [message_of(received, fifo=self._fifo) for received in answer]

    async def delete(self, receipts: Sequence[ReceiptHandle]) -> Sequence[FailedEntry]:
        """As ``Queue.delete``."""

        def carry_out(receipt: ReceiptHandle, met: Encounter) -> None:
            self._engine.delete(self._name, receipt, redeliver=met.redeliver, now=self._sqs.now())

        return await self._carry_out_each("DeleteMessageBatch", receipts, carry_out)

    async def change_visibility(self, changes: Sequence[VisibilityChange]) -> Sequence[FailedEntry]:
        """As ``Queue.change_visibility``."""
        timeouts = {change.receipt: change.timeout for change in changes}

        def carry_out(receipt: ReceiptHandle, _met: Encounter) -> None:
            self._engine.change_visibility(self._name, receipt, timeouts[receipt], now=self._sqs.now())

        return await self._carry_out_each("ChangeMessageVisibilityBatch", [*timeouts], carry_out)

    async def describe(self) -> QueueDescription:
        """As ``Queue.describe``."""
        with translated():
            met = await self._meet("GetQueueAttributes")
            counts = self._engine.counts(self._name, now=self._sqs.now())
            max_receive_count = self._engine.max_receive_count(self._name)
            dead_letter_queue = self._engine.dead_letter_queue(self._name) or ""
        _lose(met)
        return QueueDescription(
            visible=counts.visible,
            in_flight=counts.in_flight,
            delayed=counts.delayed,
            max_receive_count=max_receive_count,
            dead_letter_queue=dead_letter_queue,
        )

    @property
    def visible(self) -> int:
        """Messages that can be received now."""
        return self._engine.counts(self._name, now=self._sqs.now()).visible

    @property
    def in_flight(self) -> int:
        """Messages that are received and neither deleted nor visible again."""
        return self._engine.counts(self._name, now=self._sqs.now()).in_flight

    @property
    def is_empty(self) -> bool:
        """Whether every message was deleted (or moved to the dead-letter queue)."""
        return not self.bodies

    @property
    def bodies(self) -> Sequence[str]:
        """The bodies of the messages in the queue, visible or hidden, in the order of sending."""
        return self._engine.bodies(self._name, now=self._sqs.now())

    @property
    def dead_letters(self) -> Sequence[str]:
        """The bodies in the dead-letter queue; a receive after the last allowed one moves a message there."""
        target = self._engine.dead_letter_queue(self._name)
        return [] if target is None else self._engine.bodies(target, now=self._sqs.now())

    @property
    def dead_letter_queue(self) -> "EmbeddedQueue | None":
        """The dead-letter queue as a queue of its own."""
        target = self._engine.dead_letter_queue(self._name)
        return None if target is None else EmbeddedQueue(sqs=self._sqs, name=target)

    def _demand_same(self, max_receive_count: int | None) -> None:
        existing = self._engine.max_receive_count(self._name)
        if max_receive_count not in {None, existing}:
            raise ValueError(
                f"max_receive_count={max_receive_count}: the queue {self._name} exists with {existing};"
                " use another name, or EmbeddedQueue.forget before `named`"
            )

    def _create(self, max_receive_count: int | None) -> None:
        now = self._sqs.now()
        attributes = {}
        if max_receive_count is not None:
            dead_letters = f"{self._name.removesuffix('.fifo')}-dlq{'.fifo' if self._fifo else ''}"
            self._engine.create_queue(dead_letters, now=now)
            attributes = redrive_to(dead_letters, max_receive_count, place=self._engine.place)
        self._engine.create_queue(self._name, attributes, now=now)

    async def _carry_out_each(
        self, operation: str, receipts: Sequence[ReceiptHandle], carry_out: Callable[[ReceiptHandle, Encounter], None]
    ) -> Sequence[FailedEntry]:
        if not receipts:
            return ()
        with translated():
            met = await self._meet(operation, entries=len(receipts))
            failed = carry_out_each(receipts, lambda receipt: carry_out(receipt, met), failing=met.failing)
        _lose(met)
        return failed

    async def _meet(self, operation: str, *, entries: int = 0) -> Encounter:
        if self._faults is None:
            return NO_FAULTS
        met = self._faults.meet(operation, entries=entries)
        if met.delay:
            await asyncio.sleep(met.delay)
        if met.reset:
            raise QueueUnavailable("The connection was reset.")
        if met.error is not None:
            raise met.error
        return met


def _lose(met: Encounter) -> None:
    if met.lose_answer:
        raise QueueUnavailable("The connection was reset before the answer came.")
