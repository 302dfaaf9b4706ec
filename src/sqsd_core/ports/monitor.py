"""The port through which a monitor reads the state of the daemon, and pauses it; the core implements it."""

from collections.abc import Mapping
from typing import Protocol

from sqsd_core.policy.scoreboard import Depth, Snapshot
from sqsd_core.policy.status import Status


class Monitor(Protocol):
    """Reads the state of the daemon and steers it; never waits. Call it from the event loop of the daemon."""

    def snapshot(self) -> Snapshot:
        """The state at this moment; never fails."""
        ...

    def status(self) -> Status:
        """The state with the last five minutes and the queues' depths; never fails."""
        ...

    def depths(self) -> Mapping[str, Depth]:
        """How many messages each queue holds, by the name of its table; without queues that have not answered.

        A look makes the daemon ask the queues, each at most once a minute.
        """
        ...

    def pause(self, *, queue: str | None = None, seconds: float | None = None) -> None:
        """Receive nothing and start nothing from one queue, or from all; what runs goes on.

        The pause lasts until ``resume``, for so many seconds, or until the process ends. Another pause of the same
        queue replaces its end.

        Raises:
            UnknownQueue: there is no such queue.
        """
        ...

    def resume(self, *, queue: str | None = None) -> None:
        """Receive again from one queue, or from all; idempotent.

        Raises:
            UnknownQueue: there is no such queue.
        """
        ...
