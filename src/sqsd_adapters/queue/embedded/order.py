"""Which visible message of a queue is received next: what the order of a standard and of a FIFO queue has in common."""

from typing import Protocol

from sqsd_adapters.queue.embedded.stored import State, Stored


class Order(Protocol):
    """Follows the states of a queue's messages; calls ``on_change`` whenever one can be taken."""

    def __bool__(self) -> bool:
        """Whether a message can be taken."""
        ...

    def add(self, message: Stored) -> None:
        """A message enters the queue, delayed or visible."""
        ...

    def resume(self, message: Stored) -> None:
        """A message enters the queue in flight, as after a restart."""
        ...

    def show(self, message: Stored) -> None:
        """A message has become visible: its delay or its visibility timeout ended."""
        ...

    def first(self) -> Stored | None:
        """The message that ``take`` would hand out first."""
        ...

    def take(self, limit: int, *, newest_first: bool = False) -> list[Stored]:
        """Hand out visible messages; each must come back by ``show`` or ``land`` and ``forget``.

        A FIFO queue keeps its order, also with ``newest_first``.
        """
        ...

    def land(self, message: Stored) -> None:
        """A taken message is no longer in flight; its state says what it is now."""
        ...

    def forget(self, message: Stored, *, was: State) -> None:
        """A message that was not in flight is gone."""
        ...
