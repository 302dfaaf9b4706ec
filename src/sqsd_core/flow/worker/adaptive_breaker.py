"""The breaker of a worker with INVOKER_ADAPTIVE: it hears how invocations end, and decides on the slots as well."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.troubles import Troubles
from sqsd_core.flow.worker.breaker import WorkerBreaker
from sqsd_core.outcome import Failed, Interrupted, Outcome, RetryLater, Unavailable
from sqsd_core.policy.concurrency import Concurrency
from sqsd_core.ports.clock import Clock


class AdaptiveBreaker(WorkerBreaker):
    """Tells ``resize`` how many slots to use; ``running`` says how many are taken."""

    def __init__(
        self,
        *,
        concurrency: Concurrency,
        running: Callable[[], int],
        resize: Callable[[int], None],
        troubles: Troubles,
        clock: Clock,
        **parts: Any,  # noqa: ANN401 - those of WorkerBreaker
    ) -> None:
        super().__init__(troubles=troubles, clock=clock, **parts)
        self._concurrency = concurrency
        self._taken = running
        self._resize = resize

    def observe(self, delivery: Delivery, outcome: Outcome, *, began: float) -> bool:
        self._learn([outcome], began)
        return super().observe(delivery, outcome, began=began)

    def observe_batch(self, ended: Sequence[tuple[Delivery, Outcome]], *, began: float) -> AbstractSet[Delivery]:
        self._learn([outcome for _, outcome in ended], began)
        return super().observe_batch(ended, began=began)

    def _learn(self, outcomes: Sequence[Outcome], began: float) -> None:
        """Count one invocation, unless it says nothing of how much the worker can take."""
        full = next(filter(_is_full, outcomes), None)
        if full is None and all(map(_says_nothing, outcomes)):
            return
        before, now = self._concurrency.slots, self._clock.monotonic()
        slots = self._concurrency.ended(full=full is not None, began=began, now=now, running=self._taken())
        if slots == before:
            return
        self._resize(slots)
        if slots < before:
            self._troubles.note("worker is full, using fewer slots", slots=slots, reason=getattr(full, "reason", ""))


def _is_full(outcome: Outcome) -> bool:
    # code outside may have put anything there
    return isinstance(outcome, Failed | RetryLater | Unavailable) and outcome.full is True


def _says_nothing(outcome: Outcome) -> bool:
    return isinstance(outcome, Interrupted | Unavailable) or not getattr(outcome, "invoked", True)
