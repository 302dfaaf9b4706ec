"""Outcomes: what a job said about its message. What the daemon then does is a disposition (policy/settlement)."""

from dataclasses import dataclass, field

from sqsd_core.seconds import seconds


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The work is done; the message can be deleted."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ran and did not succeed; the message comes back after a back-off."""

    #: for the log, never the body: ``status 500``, ``time limit of 60 s``
    reason: str
    #: the beginning of what the job said, escaped; empty without LOG_ANSWERS
    answer: str = field(default="", repr=False)
    #: False: the worker was not asked, so this says nothing of it
    invoked: bool = field(default=True, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class RetryLater:
    """The job asks for the message again after ``after`` seconds."""

    #: seconds
    after: float
    reason: str = "asked to retry later"
    #: as in ``Failed``
    answer: str = field(default="", repr=False)
    #: as in ``Failed``
    invoked: bool = field(default=True, repr=False, compare=False)

    def __post_init__(self) -> None:
        # here, while the job can still be blamed
        object.__setattr__(self, "after", seconds(self.after))


@dataclass(frozen=True, slots=True)
class Retained:
    """The job keeps the message hidden until its visibility timeout ends."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The worker could not be reached or answers 502 or 503. Like Failed, and the breaker counts it."""

    reason: str
    #: seconds from ``Retry-After``; the breaker then stays open at least that long
    after: float | None = None
    #: whether no connection was made, so the request cannot have reached the worker
    unsent: bool = False
    #: as in ``Failed``
    answer: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.after is not None:
            object.__setattr__(self, "after", seconds(self.after))


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A reused connection ended before the answer began. The job is not to blame; the message is retried at once."""

    reason: str


Outcome = Succeeded | Failed | RetryLater | Retained | Unavailable | Interrupted
