"""Makes the handoff and the breaker of a worker: those of batches or of a pace only where the options ask for them."""

from typing import Any

from sqsd_core.flow.options import WorkerOptions
from sqsd_core.flow.worker.adaptive_breaker import AdaptiveBreaker
from sqsd_core.flow.worker.batch_handoff import BatchHandoff
from sqsd_core.flow.worker.breaker import WorkerBreaker
from sqsd_core.flow.worker.handoff import Handoff
from sqsd_core.flow.worker.paced_handoff import PacedHandoff
from sqsd_core.policy.concurrency import Concurrency
from sqsd_core.policy.gathering import Gathering
from sqsd_core.policy.rate import Bucket


def make_handoff(options: WorkerOptions, bucket: Bucket | None, **parts: Any) -> Handoff:  # noqa: ANN401 - of either
    """Without batches and without a limit of the starts, a message costs nothing more.

    Raises:
        ValueError: both are asked for.
    """
    paced = bucket is not None or options.adaptive
    if options.batch_size > 1:
        if paced:
            raise ValueError("batches cannot be combined with a rate or with adaptive slots")
        return BatchHandoff(gathering=Gathering(size=options.batch_size, window=options.batch_window), **parts)
    if not paced:
        return Handoff(**parts)
    return PacedHandoff(bucket=bucket, **parts)


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
