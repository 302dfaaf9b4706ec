"""Outcomes: what a job said about its message. What the daemon then does is a disposition (policy/settlement)."""

from dataclasses import dataclass, field

from sqsd_core.seconds import seconds


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The work is done; the message can be deleted."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ran and did not succeed; the message comes back after a back-off.

    ``reason`` is for the log: ``status 500``, ``time limit of 60 s``. It contains no body. ``answer`` is the beginning
    of what the job said, escaped; it is empty without LOG_ANSWERS. ``full`` says that the job failed because the worker
    has too much to do: INVOKER_ADAPTIVE then uses fewer slots. ``invoked`` is False if the worker was not called: the
    breaker then ignores this outcome. The rules are in section 5 of docs/contract.md.
    """

    reason: str
    answer: str = field(default="", repr=False)
    full: bool = field(default=False, kw_only=True)
    invoked: bool = field(default=True, repr=False, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class RetryLater:
    """The job asks for the message again after ``after`` seconds.

    The delay is at least ERROR_VISIBILITY_TIMEOUT and at least one second. It is at most 12 hours, SQS's limit.
    ``reason``, ``answer``, ``full`` and ``invoked`` are as in ``Failed``.

    Raises:
        TypeError: ``after`` is not a number.
        ValueError: ``after`` is NaN.
    """

    after: float
    reason: str = "asked to retry later"
    answer: str = field(default="", repr=False)
    full: bool = field(default=False, kw_only=True)
    invoked: bool = field(default=True, repr=False, compare=False, kw_only=True)

    def __post_init__(self) -> None:
        # here, while the job can still be blamed
        object.__setattr__(self, "after", seconds(self.after))


@dataclass(frozen=True, slots=True)
class Retained:
    """The job leaves the message hidden until its visibility timeout ends; then the message is received again."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The worker could not be reached, or answered 502 or 503. Like Failed, and the breaker counts it.

    ``after`` is the delay of ``Retry-After``, in seconds: a breaker that opens stays open at least that long, up to an
    hour. ``unsent`` means that no connection was made, so the request cannot have reached the worker. ``reason``,
    ``answer`` and ``full`` are as in ``Failed``.

    Raises:
        TypeError: ``after`` is not a number.
        ValueError: ``after`` is NaN.
    """

    reason: str
    after: float | None = None
    unsent: bool = False
    answer: str = field(default="", repr=False)
    full: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        if self.after is not None:
            object.__setattr__(self, "after", seconds(self.after))


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A reused connection ended before the answer began. The job is not to blame; the message is retried at once."""

    reason: str


Outcome = Succeeded | Failed | RetryLater | Retained | Unavailable | Interrupted
