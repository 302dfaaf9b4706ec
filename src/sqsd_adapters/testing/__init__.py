"""For tests: fakes, virtual time and the conformance suites of the ports; other projects can use them too."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqsd_adapters.job import Job as Job
    from sqsd_adapters.queue.embedded.queue import EmbeddedQueue as EmbeddedQueue
    from sqsd_adapters.real_time import in_real_time as in_real_time
    from sqsd_adapters.testing.daemon_process import DaemonProcess as DaemonProcess
    from sqsd_adapters.testing.exchange_suite import ExchangeSuite as ExchangeSuite
    from sqsd_adapters.testing.fakes import LoopClock as LoopClock
    from sqsd_adapters.testing.fakes import ScriptedInvoker as ScriptedInvoker
    from sqsd_adapters.testing.fakes import ScriptedProbe as ScriptedProbe
    from sqsd_adapters.testing.harness import make_daemon as make_daemon
    from sqsd_adapters.testing.harness import running as running
    from sqsd_adapters.testing.harness import until as until
    from sqsd_adapters.testing.harness import work_off as work_off
    from sqsd_adapters.testing.invoker_suite import InvokerSuite as InvokerSuite
    from sqsd_adapters.testing.invoker_suite import SuiteJob as SuiteJob
    from sqsd_adapters.testing.lock_store_suite import LockStoreSuite as LockStoreSuite
    from sqsd_adapters.testing.observer_suite import ObserverSuite as ObserverSuite
    from sqsd_adapters.testing.plugin import StartDaemon as StartDaemon
    from sqsd_adapters.testing.queue_suite import FifoQueueSuite as FifoQueueSuite
    from sqsd_adapters.testing.queue_suite import QueueSuite as QueueSuite
    from sqsd_adapters.testing.queue_suite import Send as Send
    from sqsd_adapters.testing.recording_worker import Answer as Answer
    from sqsd_adapters.testing.recording_worker import RecordingWorker as RecordingWorker
    from sqsd_adapters.testing.recording_worker import Request as Request
    from sqsd_adapters.testing.sender_suite import FifoSenderSuite as FifoSenderSuite
    from sqsd_adapters.testing.sender_suite import SenderSuite as SenderSuite
    from sqsd_adapters.testing.sqs_endpoint import SqsEndpoint as SqsEndpoint
    from sqsd_adapters.testing.sqs_thread import SqsThread as SqsThread
    from sqsd_adapters.testing.sqs_thread import SqsThreadQueue as SqsThreadQueue
    from sqsd_adapters.testing.virtual_time import VirtualTimeLoop as VirtualTimeLoop
    from sqsd_adapters.testing.virtual_time import in_virtual_time as in_virtual_time
    from sqsd_adapters.testing.virtual_time import run_in_virtual_time as run_in_virtual_time

#: the module of each public name; imported when it is asked for, because pytest loads the plugin in every run
_PLACES = {
    "sqsd_adapters.job": ("Job",),
    "sqsd_adapters.queue.embedded.queue": ("EmbeddedQueue",),
    "sqsd_adapters.real_time": ("in_real_time",),
    "sqsd_adapters.testing.daemon_process": ("DaemonProcess",),
    "sqsd_adapters.testing.exchange_suite": ("ExchangeSuite",),
    "sqsd_adapters.testing.fakes": ("LoopClock", "ScriptedInvoker", "ScriptedProbe"),
    "sqsd_adapters.testing.harness": ("make_daemon", "running", "until", "work_off"),
    "sqsd_adapters.testing.invoker_suite": ("InvokerSuite", "SuiteJob"),
    "sqsd_adapters.testing.lock_store_suite": ("LockStoreSuite",),
    "sqsd_adapters.testing.observer_suite": ("ObserverSuite",),
    "sqsd_adapters.testing.plugin": ("StartDaemon",),
    "sqsd_adapters.testing.queue_suite": ("FifoQueueSuite", "QueueSuite", "Send"),
    "sqsd_adapters.testing.recording_worker": ("Answer", "RecordingWorker", "Request"),
    "sqsd_adapters.testing.sender_suite": ("FifoSenderSuite", "SenderSuite"),
    "sqsd_adapters.testing.sqs_endpoint": ("SqsEndpoint",),
    "sqsd_adapters.testing.sqs_thread": ("SqsThread", "SqsThreadQueue"),
    "sqsd_adapters.testing.virtual_time": ("VirtualTimeLoop", "in_virtual_time", "run_in_virtual_time"),
}
_MODULES = {name: module for module, names in _PLACES.items() for name in names}

__all__ = [*_MODULES]  # noqa: PLE0604 - names all the same


if not TYPE_CHECKING:  # a type checker would take any name for one of these

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found: object = getattr(import_module(_MODULES[name]), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
