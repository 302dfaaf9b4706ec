"""What observers read of the daemon: its state at a moment."""

from typing import Protocol

from sqsd_core.policy.scoreboard import Snapshot


class Snapshots(Protocol):
    """The part of the port ``Monitor`` that steers nothing."""

    def snapshot(self) -> Snapshot: ...
