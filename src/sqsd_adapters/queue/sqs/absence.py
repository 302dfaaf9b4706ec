"""When the short path is left because it cannot connect where the SDK can, and when it is tried again; pure."""

LEAVE_AFTER = 2  # failures to connect in a row, each of which cost up to the connect time-out
TRY_AGAIN = 60.0  # seconds between two tries after that, one call each


class Absence:
    """Counts failures to connect; ``now`` is monotonic."""

    def __init__(self) -> None:
        self._failures = 0
        self._try_at = 0.0

    @property
    def lasts(self) -> bool:
        return self._failures >= LEAVE_AFTER

    def keeps_away(self, now: float) -> bool:
        """Whether this call goes the other way; lets one call through when it is time to try."""
        if not self.lasts:
            return False
        if now < self._try_at:
            return True
        self._try_at = now + TRY_AGAIN
        return False

    def failed(self, now: float) -> bool:
        """Note that the short path did not connect and the SDK did; returns whether the short path is left for it."""
        self._failures += 1
        self._try_at = now + TRY_AGAIN
        return self._failures == LEAVE_AFTER

    def connected(self) -> bool:
        """Note that the short path connected; returns whether it had been left."""
        was_left = self.lasts
        self._failures = 0
        return was_left
