"""What a job said of its message; what we do about it is a disposition (policy/settlement)."""

from dataclasses import dataclass
from math import isnan


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The work is done; the message may go."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ran and did not succeed; the message comes back after a back-off."""

    #: for the log, without the body: ``status 500``, ``time limit of 60 s``
    reason: str


@dataclass(frozen=True, slots=True)
class RetryLater:
    """The job asks to see the message again in so many seconds."""

    #: seconds
    after: float
    reason: str = "asked to retry later"

    def __post_init__(self) -> None:
        if isnan(self.after):  # which also turns away what is no number, while the job can still be blamed
            raise ValueError("after: seconds, not nan")


@dataclass(frozen=True, slots=True)
class Retained:
    """The job keeps the message: it stays as it is until its visibility timeout ends."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The worker could not be reached or turns everything away; as Failed, and it counts for the breaker."""

    reason: str
    #: seconds that the worker asks for (``Retry-After``); the breaker then stays open at least so long
    after: float | None = None
    #: whether the request cannot have reached the worker, since no connection came about
    unsent: bool = False


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A connection that was used before ended before the answer began: nobody's failure; try again at once."""

    reason: str


Outcome = Succeeded | Failed | RetryLater | Retained | Unavailable | Interrupted
