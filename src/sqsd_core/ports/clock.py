"""The two clocks: one for the world, one for durations."""

from typing import Protocol


class Clock(Protocol):
    """Read by flow and adapters; a policy takes ``now`` as an argument instead."""

    def now(self) -> float:
        """Unix time in seconds. It may jump; only for what is shown or sent."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump; every duration is measured with it."""
        ...
