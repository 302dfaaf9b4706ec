"""Makes the handoff and the breaker of a worker: those of batches or of a pace only where the options ask for them."""

from typing import Any

from sqsd_core.flow.options import WorkerOptions
from sqsd_core.flow.worker.adaptive_breaker import AdaptiveBreaker
from sqsd_core.flow.worker.batch_handoff import BatchHandoff
from sqsd_core.flow.worker.breaker import WorkerBreaker
from sqsd_core.flow.worker.handoff import Handoff
from sqsd_core.flow.worker.paced_handoff import PacedBatchHandoff, PacedHandoff
from sqsd_core.policy.concurrency import Concurrency
from sqsd_core.policy.gathering import Gathering
from sqsd_core.policy.rate import Bucket


def make_handoff(options: WorkerOptions, bucket: Bucket | None, **parts: Any) -> Handoff:  # noqa: ANN401 - of any
    """Without a limit of the starts, a message costs nothing more."""
    paced = bucket is not None or options.adaptive
    if options.batch_size == 1:
        return PacedHandoff(bucket=bucket, **parts) if paced else Handoff(**parts)
    parts["gathering"] = Gathering(size=options.batch_size, window=options.batch_window)
    return PacedBatchHandoff(bucket=bucket, **parts) if paced else BatchHandoff(**parts)


def make_breaker(options: WorkerOptions, handoff: Handoff, **parts: Any) -> WorkerBreaker:  # noqa: ANN401 - as above
    """``handoff`` is the one that was made with the same options."""
    if not (options.adaptive and isinstance(handoff, PacedHandoff)):
        return WorkerBreaker(**parts)
    return AdaptiveBreaker(
        concurrency=Concurrency(slots=options.slots),
        running=lambda: handoff.running,
        resize=handoff.resize,
        **parts,
    )
