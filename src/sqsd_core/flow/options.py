"""What a user can set; the defaults are those of docs/configuration.md, durations are seconds."""

from dataclasses import dataclass

from sqsd_core.policy.rate import Rate


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
    """

    #: None: as long as ``invoker_timeout``
    drain_timeout: float | None = None
