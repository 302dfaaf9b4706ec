"""The queues of the local tier, and everything that a person does with them and their messages."""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from sqsd_adapters.dev.ledger import Ledger
from sqsd_adapters.dev.locks import ForgettingLocks
from sqsd_adapters.dev.queue import TierQueue
from sqsd_adapters.dev.switches import SWITCHES
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.embedded.faults import Fault, Faults
from sqsd_adapters.queue.embedded.redrive import redrive_to
from sqsd_adapters.queue.embedded.sqs import EmbeddedSqs
from sqsd_adapters.queue.embedded.stored import Sending
from sqsd_core.message import MessageId
from sqsd_core.policy.periodic import BODY, attributes, group_id
from sqsd_core.policy.schedule import PeriodicTask
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.lock_store import LockStore
from sqsd_core.utc import iso_utc

FIFO = ".fifo"
MAX_RECEIVE_COUNT = 5  # as of the queues that QUEUE_ENSURE=create creates in SQS
MOST = 10_000  # messages that one redrive moves


class Tier:
    """Raises SqsError where SQS would; a message or a switch that does not exist is a KeyError."""

    def __init__(self, *, sqs: EmbeddedSqs, faults: Faults, ledger: Ledger, clock: Clock) -> None:
        self.sqs, self.faults, self.ledger = sqs, faults, ledger
        self._clock = clock
        self._views: list[TierQueue] = []
        self._locks: list[ForgettingLocks] = []
        self._on: dict[str, tuple[Fault, ...]] = {}
        #: the queues that were made for the tier; clients may have made others
        self.queues: list[str] = []
        #: by name, with the queue that gets the task
        self.tasks: dict[str, tuple[str, PeriodicTask]] = {}

    def make_queue(self, name: str) -> None:
        """Make the queue with its dead-letter queue, where they are missing."""
        self.queues.append(name)
        if name not in self.sqs.engine:
            stem = name.removesuffix(FIFO)
            dead_letters = f"{stem}-dlq{FIFO if name.endswith(FIFO) else ''}"
            now = self.sqs.now()
            self.sqs.engine.create_queue(dead_letters, now=now)
            redrive = redrive_to(dead_letters, MAX_RECEIVE_COUNT, place=self.sqs.engine.place)
            self.sqs.engine.create_queue(name, redrive, now=now)

    def open_queue(self, name: str) -> TierQueue:
        """Make the queue, and return the daemon's view of it."""
        self.make_queue(name)
        view = TierQueue(ledger=self.ledger, sqs=self.sqs, name=name, faults=self.faults)
        self._views.append(view)
        return view

    def watch_locks(self, store: LockStore) -> ForgettingLocks:
        """Let the switches reach a lock store."""
        locks = ForgettingLocks(store=store, ledger=self.ledger)
        self._locks.append(locks)
        return locks

    def end_polls(self) -> None:
        """Let no receive of the daemon wait any more."""
        for view in self._views:
            view.end_polls()

    @property
    def served(self) -> Sequence[str]:
        """The queues that the daemon receives from."""
        return [view.name for view in self._views]

    @property
    def dead_letter_queues(self) -> frozenset[str]:
        engine = self.sqs.engine
        return frozenset(target for name in engine.queue_names() if (target := engine.dead_letter_queue(name)))

    def send(self, queue: str, sending: Sending) -> MessageId:
        """Send a message; on a FIFO queue, without a deduplication id, it counts as a new one."""
        if queue.endswith(FIFO) and sending.deduplication_id is None:
            sending = Sending(
                body=sending.body,
                attributes=sending.attributes,
                trace_header=sending.trace_header,
                delay=sending.delay,
                group_id=sending.group_id or "default",
                deduplication_id=str(uuid4()),
            )
        sent = self.sqs.engine.send(queue, sending, now=self.sqs.now())
        self.sqs.save()
        return sent.message_id

    def task(self, task_name: str) -> tuple[str, PeriodicTask]:
        """A periodic task and the queue that its messages go to.

        Raises:
            ConfigurationError: there is no task of this name.
        """
        if task_name not in self.tasks:
            known = f"the tasks are: {', '.join(self.tasks)}" if self.tasks else "set CRON_FILE to a file that has it"
            raise ConfigurationError(f"no periodic task {task_name!r}; {known}")
        return self.tasks[task_name]

    def trigger(self, task_name: str) -> MessageId:
        """Send the message of a periodic task now.

        Raises:
            ConfigurationError: there is no task of this name.
        """
        queue, task = self.task(task_name)
        slot = iso_utc(self._clock.now())
        return self.send(
            queue,
            Sending(
                body=BODY,
                attributes=attributes(path=task.path, name=task.name, scheduled_time=slot),
                group_id=group_id(task.name) if queue.endswith(FIFO) else None,
            ),
        )

    def run_now(self, message_id: str) -> None:
        """Make a message visible; a dead letter goes back to its queue."""
        life = self.ledger.find(message_id)
        if life is None or life.gone:
            raise KeyError(message_id)
        if life.queue in self.dead_letter_queues:
            self._send_back(life.queue, life.id, self._origin(life.queue))
        else:
            self.sqs.engine.interventions(life.queue).show(life.id, now=self.sqs.now())
        self.sqs.save()

    def delete(self, message_id: str) -> None:
        """Delete a message, whatever it does."""
        life = self.ledger.find(message_id)
        if life is None or not self.sqs.engine.interventions(life.queue).remove(life.id, now=self.sqs.now()):
            raise KeyError(message_id)
        self.sqs.save()

    def bury(self, message_id: str) -> None:
        """Move a message to its dead-letter queue."""
        life = self.ledger.find(message_id)
        if life is None or not self.sqs.engine.interventions(life.queue).bury(life.id, now=self.sqs.now()):
            raise KeyError(message_id)
        self.sqs.save()

    def redrive(self, dead_letters: str) -> int:
        """Send every visible dead letter back to the queue that it came from; returns their number."""
        engine, moved = self.sqs.engine, 0
        for state, received in engine.look(dead_letters, now=self.sqs.now())[:MOST]:
            if state.value == "visible":
                origin = (received.source_arn or "").rpartition(":")[2] or self._origin(dead_letters)
                moved += self._send_back(dead_letters, received.id, origin)
        self.sqs.save()
        return moved

    def purge(self, queue: str) -> None:
        """Delete every message of a queue."""
        self.sqs.engine.purge(queue, now=self.sqs.now())
        self.sqs.save()

    def switch(self, name: str, *, on: bool) -> None:
        """Turn a fault switch on or off; again, it does nothing."""
        if on and name not in self._on:
            self._on[name] = SWITCHES[name].faults
            self.faults.add(*self._on[name])
        elif not on and name in self._on:
            self.faults.remove(*self._on.pop(name))
        forgets = any(SWITCHES[each].forgets for each in self._on)
        for locks in self._locks:
            locks.forgets = forgets

    def clear_faults(self) -> None:
        """Turn every switch off, and what came in over ``/_faults``."""
        for name in self.switched_on:
            self.switch(name, on=False)
        self.faults.clear()

    @property
    def switched_on(self) -> Sequence[str]:
        return [*self._on]

    @property
    def other_faults(self) -> Sequence[Mapping[str, object]]:
        """Faults that came in over ``/_faults``."""
        rest = [*self.faults.active]
        for fault in (fault for faults in self._on.values() for fault in faults):
            if fault in rest:
                rest.remove(fault)
        return [fault.to_json() for fault in rest]

    def _origin(self, dead_letters: str) -> str:
        return self.sqs.engine.dead_letter_sources(dead_letters)[0]

    def _send_back(self, dead_letters: str, message_id: MessageId, target: str) -> bool:
        sent = self.sqs.engine.send_back(dead_letters, message_id, target, now=self.sqs.now())
        if sent is not None:
            self.ledger.sent_back(message_id, sent.message_id)
        return sent is not None
