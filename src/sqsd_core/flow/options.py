"""What a user can set; the defaults are those of docs/configuration.md, durations are seconds."""

from dataclasses import dataclass, fields

from sqsd_core.policy.rate import Rate
from sqsd_core.seconds import seconds

#: durations that cannot be 0
_LASTING = {"visibility_timeout", "invoker_timeout", "unlock_interval"}


@dataclass(frozen=True, kw_only=True)
class QueueOptions:
    """The settings of one queue."""

    #: receives side by side, at most
    receivers: int = 1
    max_messages: int = 10
    wait_time: float = 20.0
    interval: float = 0.0
    visibility_timeout: float = 60.0
    error_visibility_timeout: float = 2.0
    error_visibility_timeout_max: float = 900.0
    lock_expire: float = 86_400.0
    unlock_interval: float = 60.0
    locker_required: bool = False


@dataclass(frozen=True, kw_only=True)
class WorkerOptions:
    """The settings of one worker."""

    #: invocations side by side
    slots: int = 1
    #: invocations that may begin; None: as many as there are slots for
    rate: Rate | None = None
    #: whether fewer slots are used while the worker says that it is full
    adaptive: bool = False
    invoker_timeout: float = 60.0
    #: messages per invocation, at most
    batch_size: int = 1
    #: how long a message waits for others that could join its batch
    batch_window: float = 0.0
    breaker_failures: int = 5
    breaker_cooldown: float = 1.0
    breaker_cooldown_max: float = 30.0


@dataclass(frozen=True, kw_only=True)
class DaemonOptions(QueueOptions, WorkerOptions):
    """The settings of a daemon with one queue and one worker; durations are in seconds.

    The fields are named after the variables and have the same defaults: ``slots`` is INVOKER_PARALLEL_COUNT,
    ``receivers``, ``max_messages``, ``wait_time`` and ``interval`` are those of the fetcher. docs/configuration.md
    explains each.

    Raises:
        TypeError: a count is not an integer, a duration not a number, or ``rate`` not a Rate.
        ValueError: a count is below 1, a duration negative, or one is 0 that has to last.
    """

    #: None: as long as ``invoker_timeout``
    drain_timeout: float | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type is int:
                _demand_count(field.name, value)
            elif field.type is float or (field.type == float | None and value is not None):
                _demand_duration(field.name, value)
        if not isinstance(self.rate, Rate | None):
            raise TypeError(f"rate: expected Rate, got {type(self.rate).__qualname__}")


def _demand_count(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name}: expected an integer, got {type(value).__qualname__}")
    if value < 1:
        raise ValueError(f"{name}: expected at least 1, got {value}")


def _demand_duration(name: str, value: object) -> None:
    length = seconds(value, name=name)
    if length < 0 or (length == 0 and name in _LASTING):
        raise ValueError(
            f"{name}: expected {'more than 0' if name in _LASTING else 'at least 0'} seconds, got {length:g}"
        )
