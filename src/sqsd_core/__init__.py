"""The pure core of sqsd: vocabulary, policies, ports and flow. These names are what an embedder needs."""

from sqsd_core.errors import (
    LockStoreUnavailable,
    QueueError,
    QueueNotFound,
    QueueRefused,
    QueueUnavailable,
    RetainMessage,
    RetryMessage,
    SqsdError,
)
from sqsd_core.flow.daemon import Daemon
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.message import Message, MessageAttribute, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Interrupted, Outcome, Retained, RetryLater, Succeeded, Unavailable
from sqsd_core.policy.admission import Closure, Reason
from sqsd_core.policy.scoreboard import Snapshot
from sqsd_core.ports.invoker import Bounded, Invoker, Probe
from sqsd_core.version import __version__

__all__ = [
    "Bounded",
    "Closure",
    "Daemon",
    "DaemonOptions",
    "Failed",
    "Interrupted",
    "Invoker",
    "LockStoreUnavailable",
    "Message",
    "MessageAttribute",
    "MessageId",
    "Outcome",
    "Probe",
    "QueueError",
    "QueueNotFound",
    "QueueRefused",
    "QueueUnavailable",
    "Reason",
    "ReceiptHandle",
    "RetainMessage",
    "Retained",
    "RetryLater",
    "RetryMessage",
    "Snapshot",
    "SqsdError",
    "Succeeded",
    "Unavailable",
    "__version__",
]
