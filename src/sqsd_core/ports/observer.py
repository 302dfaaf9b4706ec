"""The port of observers: metrics, history, traces, the log. The core calls it, and never waits for it."""

from typing import NamedTuple

from sqsd_core.errors import QueueError
from sqsd_core.message import Message
from sqsd_core.outcome import Outcome
from sqsd_core.policy.admission import Closure


class Ending(NamedTuple):
    """What follows from an outcome."""

    #: seconds that the job took
    duration: float
    #: seconds until the message is visible again; None: it is deleted
    again: float | None
    #: whether SQS moves it to the dead-letter queue instead
    last: bool


class Observer:
    """Is told what happens, in the order in which it happens. Override what you want to know.

    The calls are made from the event loop, between two steps of a message: they must not block, and take microseconds.
    What is slow puts the event into a queue of its own. An observer that raises is told nothing more, and the log says
    so; no message suffers. ``queue`` is the name of the queue's table, empty where the daemon has one queue only.
    """

    def received(self, queue: str, messages: int) -> None:
        """A receive was answered; 0 is an empty answer."""

    def called(self, queue: str, operation: str, duration: float, error: QueueError | None) -> None:
        """A call to the queue has ended after ``duration`` seconds; ``operation`` is SQS's: ``DeleteMessageBatch``."""

    def duplicate(self, queue: str, message: Message) -> None:
        """A delivery is not run: its message is done, or is running here."""

    def held_elsewhere(self, queue: str, message: Message) -> None:
        """A delivery is not run: its message is running in another daemon."""

    def started(self, queue: str, message: Message, at: float) -> None:
        """A job begins; ``at`` is Unix time in seconds."""

    def ended(self, queue: str, message: Message, outcome: Outcome | None) -> None:
        """A job has ended, and its message is settled; None: a drain cut it off."""

    def settled(self, queue: str, message: Message, outcome: Outcome, ending: "Ending") -> None:
        """What follows from an outcome."""

    def acknowledged(self, queue: str, messages: int) -> None:
        """The queue confirmed that so many messages are deleted."""

    def undeleted(self, queue: str, message: Message) -> None:
        """The deletion of a message was given up."""

    def closed(self, closure: Closure) -> None:
        """A reason not to receive begins to hold."""

    def opened(self, closure: Closure) -> None:
        """A reason not to receive holds no more."""
