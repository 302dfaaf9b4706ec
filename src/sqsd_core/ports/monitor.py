"""The port through which a monitor reads the state of the daemon; the core implements it."""

from typing import Protocol

from sqsd_core.policy.scoreboard import Snapshot


class Monitor(Protocol):
    """Reads the state of the daemon; never waits and never fails."""

    def snapshot(self) -> Snapshot:
        """The state at this moment."""
        ...
