"""The wall clock, and the monotonic clock for durations."""

from typing import Protocol


class Clock(Protocol):
    """Tells the time in seconds; both methods return at once and never raise.

    Used by flow and adapters. A policy takes ``now`` as an argument instead.
    """

    def now(self) -> float:
        """Unix time in seconds. It may jump: use it only for what is shown or sent."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump, from an arbitrary start. Use it for every duration."""
        ...
