"""How many invocations may begin: a token bucket, which never lets more than burst + rate × t begin in t seconds.

* A bucket holds ``burst`` tokens at most, and is full at first. Each start takes one.
* Tokens come back at the rate, one by one. While there is always something to start, the rate is reached.
* It is kept as one instant, that of the full bucket, so nothing has to be counted while time passes.
"""

from dataclasses import dataclass
from math import ceil, floor

#: seconds whose starts may begin at once where no burst is given: what the loop and a receive may be late
USUAL_BURST = 0.1
#: seconds; a shorter wait is none, because instants are rounded
RESOLUTION = 1e-6

_UNITS = {1.0: "s", 60.0: "m", 3_600.0: "h"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most ``starts`` invocations begin per ``seconds``, of which ``burst`` may begin at once.

    If ``burst`` is None, it is the number of starts in a tenth of a second, at least one.

    Raises:
        ValueError: a number is not positive.
    """

    starts: float
    seconds: float = 1.0
    burst: int | None = None

    def __post_init__(self) -> None:
        if not (self.starts > 0 and self.seconds > 0 and (self.burst is None or self.burst >= 1)):
            raise ValueError(f"expected positive numbers, got {self.starts} in {self.seconds} s, burst {self.burst}")

    def __str__(self) -> str:
        unit = _UNITS.get(self.seconds, f"{self.seconds:g}s")
        burst = "" if self.burst is None else f",burst={self.burst}"
        return f"{self.starts:.15g}/{unit}{burst}"

    @property
    def interval(self) -> float:
        """Seconds from one token to the next."""
        return self.seconds / self.starts

    @property
    def at_once(self) -> int:
        """Invocations that may begin at once."""
        # rounded before, since 0.1 / 0.1 may be a little more than 1
        return self.burst or max(1, ceil(round(USUAL_BURST / self.interval, 6)))


class Bucket:
    """The tokens of one worker; ``now`` is monotonic seconds."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._interval = rate.interval
        self._burst = rate.at_once
        #: when it is full, if nothing starts meanwhile
        self._full_at = 0.0
        #: when a token was taken last
        self.taken_at = 0.0

    def __repr__(self) -> str:
        return f"<Bucket {self.rate}>"

    def wait(self, starts: int, now: float) -> float:
        """Seconds until the last of so many starts may begin, if the others begin as soon as they may."""
        wait = max(0.0, self._full_at - now) + (starts - self._burst) * self._interval
        return wait if wait > RESOLUTION else 0.0

    def within(self, seconds: float, now: float) -> int:
        """How many starts may begin in the next ``seconds``."""
        since = seconds - max(0.0, self._full_at - now)
        return max(0, self._burst + floor((since + RESOLUTION) / self._interval))

    def is_full(self, now: float) -> bool:
        """Whether no more tokens come by waiting."""
        return self._full_at <= now

    def take(self, now: float) -> bool:
        """Take a token, which must be there; returns whether the bucket was full."""
        full = self._full_at <= now
        self._full_at = max(self._full_at, now) + self._interval
        self.taken_at = now
        return full
