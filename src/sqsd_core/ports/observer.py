"""The port of observers: metrics, history, traces, the log. The core calls it, and never waits for it."""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from sqsd_core.errors import QueueError
from sqsd_core.message import Message
from sqsd_core.outcome import Outcome
from sqsd_core.policy.admission import Closure
from sqsd_core.ports.queue import QueueDescription


class Ending(NamedTuple):
    """What follows from an outcome.

    ``duration``: seconds that the job took. ``again``: seconds until the message is visible again; None if it is
    deleted. ``last``: SQS moves it to the dead-letter queue instead. ``began``: when the job began, as Unix time in
    seconds.
    """

    duration: float
    again: float | None
    last: bool
    began: float = 0.0


class Unrun(Enum):
    """Why a delivery goes back to the queue without an outcome; the values are for people."""

    NO_LOCK = "the lock store does not answer"
    BEHIND = "an earlier message of its group comes first"
    STOPPED = "receiving has stopped"
    DRAINED = "the daemon drains"
    TOO_LATE = "its visibility timeout ended before a slot was free"
    CUT_OFF = "the time of the drain was over"


class Observer:
    """Is told what happens, in the order in which it happens. Override what you want to know.

    The calls are made from the event loop, between two steps of a message: they must not block, and take microseconds.
    What is slow puts the event into a queue of its own. An observer that raises is told nothing more, and the log says
    so; no message suffers. ``queue`` is the name of the queue's table, empty where the daemon has one queue only.
    """

    def joined(self, queue: str, name: str) -> None:
        """Messages are received from now on; ``name`` is the name of the queue itself."""

    def described(self, queue: str, description: QueueDescription) -> None:
        """The queue has told its attributes."""

    def received(self, queue: str, messages: int) -> None:
        """A receive was answered; 0 is an empty answer."""

    def called(self, queue: str, operation: str, duration: float, error: QueueError | None) -> None:
        """A call to the queue has ended after ``duration`` seconds; ``operation`` is SQS's: ``DeleteMessageBatch``."""

    def arrived(self, queue: str, messages: Sequence[Message]) -> None:
        """The messages of a receive that was not empty; their locks are acquired next."""

    def duplicate(self, queue: str, message: Message) -> None:
        """A delivery is not run: its message is done, or is running here."""

    def held_elsewhere(self, queue: str, message: Message) -> None:
        """A delivery is not run: its message is running in another daemon."""

    def started(self, queue: str, message: Message, at: float) -> None:
        """A job begins; ``at`` is Unix time in seconds."""

    def batch_started(self, queue: str, messages: Sequence[Message], at: float) -> None:
        """One job begins for all of the messages; without an override, ``started`` is called for each of them.

        ``settled`` or ``cut_off`` is called for each. ``at`` is Unix time in seconds.
        """
        for message in messages:
            self.started(queue, message, at)

    def settled(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        """A job has ended, and its message is settled; ``ending`` is what follows from the outcome.

        ``succeeded`` and ``came_back`` tell the same, and cost a fraction: most jobs succeed.
        """

    def succeeded(
        self, queue: str, messages: Sequence[Message], began: Sequence[float], durations: Sequence[float]
    ) -> None:
        """Jobs have succeeded, and the deletions of their messages go out: some milliseconds after the jobs' ends.

        The sequences are equally long: ``began[0]`` is when the job of ``messages[0]`` began, as Unix time, and
        ``durations[0]`` how many seconds it took. Do not keep the messages, whose bodies may be large.
        """

    def came_back(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        """A job has ended without success, and its message is settled: it is visible again, or is a dead letter."""

    def cut_off(self, queue: str, message: Message, outcome: Outcome | None) -> None:
        """A drain cancelled a job. With an outcome, the job had ended and its message was not settled yet.

        The end of this delivery is told by no other call.
        """

    def released(self, queue: str, message: Message, why: Unrun) -> None:
        """A delivery goes back to the queue without an outcome; the message is visible again soon."""

    def acknowledged(self, queue: str, messages: int) -> None:
        """The queue confirmed that so many messages are deleted."""

    def deleted(self, queue: str, messages: Sequence[Message]) -> None:
        """The messages that ``acknowledged`` has counted."""

    def undeleted(self, queue: str, message: Message) -> None:
        """The deletion of a message was given up."""

    def closed(self, closure: Closure) -> None:
        """A reason not to receive begins to hold."""

    def opened(self, closure: Closure) -> None:
        """A reason not to receive holds no more."""
