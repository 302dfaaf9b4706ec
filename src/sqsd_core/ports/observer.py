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
    deleted. ``last``: whether SQS moves the message to the dead-letter queue instead of delivering it again. ``began``:
    when the job began, as Unix time in seconds.
    """

    duration: float
    again: float | None
    last: bool
    began: float = 0.0


class Unrun(Enum):
    """Why a delivery goes back to the queue without an outcome; the values are texts for people."""

    NO_LOCK = "the lock store does not answer"
    BEHIND = "an earlier message of its group comes first"
    STOPPED = "receiving has stopped"
    DRAINED = "the daemon drains"
    TOO_LATE = "its visibility timeout ended before a slot was free"
    CUT_OFF = "the time of the drain was over"


class Observer:
    """The daemon calls these methods when something happens, in that order. Override those that you need.

    The event loop makes the calls between two steps of a message. So a method must not block and must take only
    microseconds. If its work is slow, let it put the event into a queue of its own. After a method raises an error, the
    daemon logs it and calls this observer no longer; messages are not affected. ``queue`` is the name of the queue's
    table, or empty if the daemon has only one queue.
    """

    def joined(self, queue: str, name: str) -> None:
        """The daemon receives from the queue from now on; ``name`` is the queue's name in SQS."""

    def described(self, queue: str, description: QueueDescription) -> None:
        """The queue has answered with its attributes."""

    def received(self, queue: str, messages: int) -> None:
        """A receive was answered with so many messages; 0 is an empty answer."""

    def called(self, queue: str, operation: str, duration: float, error: QueueError | None) -> None:
        """A call to the queue ended after ``duration`` seconds; ``operation`` is SQS's name: ``DeleteMessageBatch``."""

    def arrived(self, queue: str, messages: Sequence[Message]) -> None:
        """A receive brought these messages; the daemon acquires their locks next."""

    def duplicate(self, queue: str, message: Message) -> None:
        """The daemon does not run a delivery, because its message is done, or is running in this daemon."""

    def held_elsewhere(self, queue: str, message: Message) -> None:
        """The daemon does not run a delivery, because another daemon has the lock of its message."""

    def started(self, queue: str, message: Message, at: float) -> None:
        """A job begins; ``at`` is Unix time in seconds."""

    def batch_started(self, queue: str, messages: Sequence[Message], at: float) -> None:
        """One job begins for all of the messages; without an override, ``started`` is called for each of them.

        Later ``settled`` or ``cut_off`` is called for each message. ``at`` is Unix time in seconds.
        """
        for message in messages:
            self.started(queue, message, at)

    def settled(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        """A job has ended, and its message is settled; ``ending`` is what follows from the outcome.

        Together, ``succeeded`` and ``came_back`` report the same jobs and cost much less CPU, because most jobs
        succeed.
        """

    def succeeded(
        self, queue: str, messages: Sequence[Message], began: Sequence[float], durations: Sequence[float]
    ) -> None:
        """Jobs have succeeded, and the daemon deletes their messages now, some milliseconds after the jobs ended.

        The sequences are equally long: ``began[0]`` is when the job of ``messages[0]`` began, as Unix time in seconds.
        ``durations[0]`` is how many seconds it took. Do not keep the messages, because their bodies may be large.
        """

    def came_back(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        """A job has ended without success, and its message is settled: it comes back, or becomes a dead letter."""

    def cut_off(self, queue: str, message: Message, outcome: Outcome | None) -> None:
        """A drain cancelled a job. If there is an outcome, the job had ended, but its message was not settled yet.

        No other method is called for the end of this delivery.
        """

    def released(self, queue: str, message: Message, why: Unrun) -> None:
        """A delivery goes back to the queue without an outcome; the message is visible again soon."""

    def acknowledged(self, queue: str, messages: int) -> None:
        """The queue confirmed that so many messages are deleted."""

    def deleted(self, queue: str, messages: Sequence[Message]) -> None:
        """The queue confirmed the deletion of these messages; ``acknowledged`` has counted them."""

    def undeleted(self, queue: str, message: Message) -> None:
        """The daemon gave up the deletion of a message; the message comes back."""

    def closed(self, closure: Closure) -> None:
        """A reason not to receive begins to hold."""

    def opened(self, closure: Closure) -> None:
        """A reason not to receive no longer holds."""
