"""The public names of sqsd in one place; importing this module imports nothing else until a name is used."""

# not from typing, whose import takes longer than all of this module
TYPE_CHECKING = False
if TYPE_CHECKING:
    from sqsd_adapters.cli.assembly.event_source import event_source
    from sqsd_adapters.cli.embedding import Parts, Sqsd
    from sqsd_adapters.cli.lifetime.lifetime import Drained
    from sqsd_adapters.cli.serving import serve
    from sqsd_adapters.cli.settings.extension import Context, Extension
    from sqsd_adapters.cli.settings.settings import Settings
    from sqsd_adapters.errors import AddressInUse, ConfigurationError
    from sqsd_adapters.invoker.batch import EventSource, lambda_event
    from sqsd_adapters.job import Job
    from sqsd_core import (
        Batched,
        Bounded,
        Breaker,
        Claim,
        Clock,
        Closure,
        DaemonOptions,
        Depth,
        Ending,
        Failed,
        FailedEntry,
        Figures,
        Histogram,
        Interrupted,
        Invoker,
        Lock,
        LockStore,
        LockStoreUnavailable,
        Message,
        MessageAttribute,
        MessageId,
        Notification,
        Observer,
        Outcome,
        Probe,
        ProcessState,
        Queue,
        QueueDescription,
        QueueError,
        QueueNotFound,
        QueueRefused,
        QueueUnavailable,
        Rate,
        Reason,
        ReceiptHandle,
        Retained,
        RetainMessage,
        RetryLater,
        RetryMessage,
        Sender,
        Snapshot,
        SourceState,
        SqsdError,
        Succeeded,
        Task,
        Unavailable,
        UnknownQueue,
        Unrun,
        VisibilityChange,
        WorkerState,
        __version__,
    )

__all__ = [
    "AddressInUse",
    "Batched",
    "Bounded",
    "Breaker",
    "Claim",
    "Clock",
    "Closure",
    "ConfigurationError",
    "Context",
    "DaemonOptions",
    "Depth",
    "Drained",
    "Ending",
    "EventSource",
    "Extension",
    "Failed",
    "FailedEntry",
    "Figures",
    "Histogram",
    "Interrupted",
    "Invoker",
    "Job",
    "Lock",
    "LockStore",
    "LockStoreUnavailable",
    "Message",
    "MessageAttribute",
    "MessageId",
    "Notification",
    "Observer",
    "Outcome",
    "Parts",
    "Probe",
    "ProcessState",
    "Queue",
    "QueueDescription",
    "QueueError",
    "QueueNotFound",
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
    "Settings",
    "Snapshot",
    "SourceState",
    "Sqsd",
    "SqsdError",
    "Succeeded",
    "Task",
    "Unavailable",
    "UnknownQueue",
    "Unrun",
    "VisibilityChange",
    "WorkerState",
    "__version__",
    "event_source",
    "lambda_event",
    "serve",
]

#: where the names are that are not in sqsd_core
_HOMES = {
    "AddressInUse": "sqsd_adapters.errors",
    "ConfigurationError": "sqsd_adapters.errors",
    "Context": "sqsd_adapters.cli.settings.extension",
    "EventSource": "sqsd_adapters.invoker.batch",
    "Extension": "sqsd_adapters.cli.settings.extension",
    "Drained": "sqsd_adapters.cli.lifetime.lifetime",
    "Job": "sqsd_adapters.job",
    "Parts": "sqsd_adapters.cli.embedding",
    "Settings": "sqsd_adapters.cli.settings.settings",
    "Sqsd": "sqsd_adapters.cli.embedding",
    "event_source": "sqsd_adapters.cli.assembly.event_source",
    "lambda_event": "sqsd_adapters.invoker.batch",
    "serve": "sqsd_adapters.cli.serving",
}


if not TYPE_CHECKING:  # a type checker would take any name for one of these

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415 - see above

        found: object = getattr(import_module(_HOMES.get(name, "sqsd_core")), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return __all__
