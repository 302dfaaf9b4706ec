"""What a worker knows of one queue that feeds it: its buffered messages, its receives, its share."""

from typing import TYPE_CHECKING, NamedTuple

from sqsd_core.flow.worker.waiting import Waiters
from sqsd_core.policy.ordering import Ordering
from sqsd_core.policy.receives import Receives

if TYPE_CHECKING:
    import asyncio

    from sqsd_core.flow.delivery import Delivery


class Places(NamedTuple):
    """What one receive may bring."""

    messages: int
    #: of them in the window; 0 for the receive of a queue that was empty, which must not hold places from others
    counted: int
    #: whether others may need the places soon, so that the receive must not wait for messages
    brief: bool = False


class Feed:
    """The counters of one queue at its worker; ``flow/worker/handoff`` keeps them."""

    def __init__(self, *, name: str = "", weight: float = 1.0, max_messages: int = 10, receives: Receives) -> None:
        self.name = name
        self.weight = weight
        self.max_messages = max_messages
        self.receives = receives
        self.ordering: Ordering[Delivery] = Ordering()
        self.running = 0
        #: receives under way
        self.receiving = 0
        #: whether the latest receive was empty
        self.idle = False
        #: whether nothing follows what is buffered, so that no batch waits for more
        self.ends = False
        #: reservers that have no places yet; some of them wait, a few of these under a time limit
        self.wanting = 0
        self.timed = 0
        self.reservers = Waiters()
        #: set when one of its messages has ended or was taken out; None while no task waits for the last of them
        self.none_left: asyncio.Event | None = None

    def __repr__(self) -> str:
        return self.name or "<Feed>"
