"""What all queues of an engine have in common."""

from collections.abc import Callable
from dataclasses import dataclass

from sqsd_adapters.queue.embedded.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The sources and limits that an engine gives to each of its queues."""

    new_id: Callable[[], str]
    next_sequence: Callable[[], int]
    sender_id: str
    #: messages of one queue
    max_in_flight: int
    #: Unix time at the engine's instant 0, in seconds
    epoch: float
    place: Place
    #: seconds between two PurgeQueue of one queue
    purge_interval: float
