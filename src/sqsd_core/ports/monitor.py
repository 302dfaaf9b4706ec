"""The driving port by which a monitor watches the daemon; the core answers it."""

from typing import Protocol

from sqsd_core.policy.scoreboard import Snapshot


class Monitor(Protocol):
    """Reads what the daemon is doing; never waits and never fails."""

    def snapshot(self) -> Snapshot:
        """The state of this moment."""
        ...
