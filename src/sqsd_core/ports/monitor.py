"""The port through which a monitor reads the state of the daemon, and pauses it; the core implements it."""

from typing import Protocol

from sqsd_core.policy.scoreboard import Snapshot


class Monitor(Protocol):
    """Reads the state of the daemon and steers it; never waits. Call it from the event loop of the daemon."""

    def snapshot(self) -> Snapshot:
        """The state at this moment; never fails."""
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
