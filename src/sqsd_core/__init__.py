"""The pure core of sqsd: vocabulary, policies, ports and flow. These names are what an embedder or an adapter needs."""

from sqsd_core.errors import (
    LockStoreUnavailable,
    QueueError,
    QueueNotFound,
    QueueRefused,
    QueueUnavailable,
    RetainMessage,
    RetryMessage,
    SqsdError,
    UnknownQueue,
)
from sqsd_core.flow.daemon import Daemon
from sqsd_core.flow.options import DaemonOptions, QueueOptions, WorkerOptions
from sqsd_core.flow.plan import Plan, QueuePlan, Share, WorkerPlan
from sqsd_core.message import Message, MessageAttribute, MessageId, Notification, ReceiptHandle
from sqsd_core.outcome import Failed, Interrupted, Outcome, Retained, RetryLater, Succeeded, Unavailable
from sqsd_core.policy.admission import Closure, Reason
from sqsd_core.policy.breaker import Breaker
from sqsd_core.policy.figures import Figures
from sqsd_core.policy.histogram import Histogram
from sqsd_core.policy.history import Cause, Found, Query
from sqsd_core.policy.life import Event, Kind, Life, Standing
from sqsd_core.policy.locking import Claim, Lock, LockTable
from sqsd_core.policy.rate import Rate
from sqsd_core.policy.scoreboard import Depth, ProcessState, Snapshot, SourceState, Task, WorkerState
from sqsd_core.policy.status import Status
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.history import History
from sqsd_core.ports.invoker import Batched, Bounded, Invoker, Probe
from sqsd_core.ports.lock_store import LockStore
from sqsd_core.ports.monitor import Monitor
from sqsd_core.ports.observer import Ending, Observer, Unrun
from sqsd_core.ports.queue import FailedEntry, Queue, QueueDescription, VisibilityChange
from sqsd_core.ports.sender import Sender
from sqsd_core.version import __version__

__all__ = [
    "Batched",
    "Bounded",
    "Breaker",
    "Cause",
    "Claim",
    "Clock",
    "Closure",
    "Daemon",
    "DaemonOptions",
    "Depth",
    "Ending",
    "Event",
    "Failed",
    "FailedEntry",
    "Figures",
    "Found",
    "Histogram",
    "History",
    "Interrupted",
    "Invoker",
    "Kind",
    "Life",
    "Lock",
    "LockStore",
    "LockStoreUnavailable",
    "LockTable",
    "Message",
    "MessageAttribute",
    "MessageId",
    "Monitor",
    "Notification",
    "Observer",
    "Outcome",
    "Plan",
    "Probe",
    "ProcessState",
    "Query",
    "Queue",
    "QueueDescription",
    "QueueError",
    "QueueNotFound",
    "QueueOptions",
    "QueuePlan",
    "QueueRefused",
    "QueueUnavailable",
    "Rate",
    "Reason",
    "ReceiptHandle",
    "RetainMessage",
    "Retained",
    "RetryLater",
    "RetryMessage",
    "Sender",
    "Share",
    "Snapshot",
    "SourceState",
    "SqsdError",
    "Standing",
    "Status",
    "Succeeded",
    "Task",
    "Unavailable",
    "UnknownQueue",
    "Unrun",
    "VisibilityChange",
    "WorkerOptions",
    "WorkerPlan",
    "WorkerState",
    "__version__",
]
