"""One delivery of one message, from the receive to the settlement, and the source that it goes back to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqsd_core.message import Message, ReceiptHandle
from sqsd_core.outcome import Outcome
from sqsd_core.policy.locking import Lock
from sqsd_core.ports.invoker import Invoker
from sqsd_core.ports.observer import Unrun


class Home(Protocol):
    """Where a delivery goes back to; a worker knows no more of its sources."""

    @property
    def name(self) -> str:
        """The queue's name in the log; empty where there is one queue only."""
        ...

    @property
    def invoker(self) -> Invoker:
        """What runs the messages of the queue."""
        ...

    async def settle(self, delivery: "Delivery", outcome: Outcome, behind: "Sequence[Delivery]" = ()) -> float | None:
        """Do what the outcome asks for. Returns seconds until the message is visible again; None: it is deleted.

        ``behind`` ran in the same batch, and come back with it, since they must not overtake it.
        """
        ...

    async def delete(self, deliveries: "Sequence[Delivery]") -> None:
        """Delete messages of one batch that succeeded."""
        ...

    def release(self, delivery: "Delivery", why: Unrun) -> None:
        """Let everybody see a message that did not run; never waits."""
        ...

    def put_back(self, delivery: "Delivery") -> None:
        """Let everybody see a message whose end was told already; never waits."""
        ...

    def put_off(self, delivery: "Delivery") -> None:
        """Let everybody see a message after a back-off that was held for its worker; never waits."""
        ...

    def cut_short(self, delivery: "Delivery", outcome: Outcome | None) -> None:
        """Note a delivery whose task is being cancelled: a success is still deleted, anything else is released."""
        ...

    def is_last(self, message: Message) -> bool:
        """Whether SQS moves the message to the dead-letter queue instead of delivering it again."""
        ...

    async def makes_way(self, message: Message) -> bool:
        """Whether messages wait behind this one, which has failed, and may start since it was its last try."""
        ...


@dataclass(slots=True, eq=False)
class Delivery:
    """A message that this daemon holds. Instants are monotonic seconds.

    One is made per message: fields given by position take 1,500 instructions less than by name.
    """

    message: Message
    #: the newest one, if the message is delivered here again: SQS may ignore a delete with an older one
    receipt: ReceiptHandle
    lock: Lock
    received_at: float
    #: until then no other consumer receives the message; the heartbeat extends it
    invisible_until: float
    home: Home
    #: when its job began, as Unix time; 0 while none runs
    began: float = 0.0
    #: seconds that the job took
    duration: float = 0.0

    def held(self, now: float) -> float:
        """Seconds since the receive."""
        return now - self.received_at


def release(deliveries: Iterable[Delivery], why: Unrun) -> None:
    """Give back deliveries that did not run, each to its own source."""
    for delivery in deliveries:
        delivery.home.release(delivery, why)
