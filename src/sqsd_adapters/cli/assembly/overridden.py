"""Whether what code puts in the place of a provider is what the daemon needs there."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqsd_adapters.cli.assembly.assembly import Assembly
from sqsd_adapters.cli.assembly.parts import WorkerPart
from sqsd_adapters.conforming import misfit
from sqsd_adapters.transport.exchange import Exchange
from sqsd_core import Batched, Clock, Invoker, LockStore, Observer, Probe, Queue, Sender

OF_QUEUE = {"queue": Queue, "lock_store": LockStore, "sender": Sender, "clock": Clock}
OF_DAEMON = {"history": Observer, "clock": Clock}
#: those that a daemon can do without
OPTIONAL = {"probe", "history"}


def misfits_of(assembly: Assembly) -> list[str]:
    """What is wrong with overridden providers; looked at before anything is built of them."""
    queues, workers = assembly.queues.values(), assembly.workers.values()
    return [
        *(wrong for queue in queues for wrong in _misfits("parts.queue", queue.parts, OF_QUEUE)),
        *(wrong for worker in workers for wrong in _misfits("parts.worker", worker.parts, _of_worker(worker))),
        *_misfits("parts.daemon", assembly.parts, OF_DAEMON),
    ]


def _of_worker(worker: WorkerPart) -> Mapping[str, type]:
    settings = worker.table.settings
    job = Batched if settings.INVOKER_BATCH_SIZE > 1 else Invoker
    over_http = settings.INVOKER_URL is not None and worker.parts.given() is None
    return {"invoker": Exchange if over_http else job, "probe": Probe, "exchange": Exchange, "clock": Clock}


def _misfits(container: str, parts: Any, ports: Mapping[str, type]) -> Iterator[str]:  # noqa: ANN401 - a container
    for name, port in ports.items():
        provider = getattr(parts, name)
        if not provider.overridden:
            continue
        part = provider()
        if not (part is None and name in OPTIONAL) and (reason := misfit(part, port)):
            yield f"{container}.{name}: {reason}"
