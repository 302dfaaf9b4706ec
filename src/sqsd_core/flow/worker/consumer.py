"""One slot: takes a message, invokes its job under the time limit, settles it, gives the slot back."""

import asyncio

from sqsd_core.flow.delivery import Delivery, release
from sqsd_core.flow.troubles import Troubles
from sqsd_core.flow.watchers import Watchers
from sqsd_core.flow.worker.breaker import WorkerBreaker
from sqsd_core.flow.worker.handoff import Handoff
from sqsd_core.flow.worker.invocations import Invocations
from sqsd_core.outcome import Failed, Interrupted, Outcome, Succeeded
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.observer import Ending, Unrun


class Consumer:
    """The loop of a slot; all slots share one object."""

    def __init__(
        self,
        *,
        handoff: Handoff,
        breaker: WorkerBreaker,
        invocations: Invocations,
        watchers: Watchers,
        troubles: Troubles,
        clock: Clock,
    ) -> None:
        self._handoff = handoff
        self._breaker = breaker
        self._invocations = invocations
        self._watchers = watchers
        self._troubles = troubles
        self._clock = clock

    async def run(self) -> None:
        """Run one message after another until the handoff is closed."""
        slot = asyncio.current_task()
        if slot is None:
            raise RuntimeError("a slot is a task")
        while (delivery := await self._handoff.take()) is not None:
            now = self._clock.monotonic()
            if delivery.invisible_until > now:
                await self._consume(delivery, slot, now)
            else:
                self._pass_by(delivery)

    def _pass_by(self, delivery: Delivery) -> None:
        """Skip a message whose visibility timeout ended while it waited: another consumer may have it."""
        self._troubles.note("visibility timeout ended before the job started", message_id=delivery.message.id)
        gone = [delivery, *self._handoff.give_back(delivery, succeeded=False)]
        self._breaker.lost(gone)
        release(gone, Unrun.TOO_LATE)

    async def _final_outcome(self, outcome: object, delivery: Delivery, slot: "asyncio.Task[object]") -> Outcome:
        """Invoke once more what was interrupted on its last receive: it would become a dead letter without a try."""
        home, message = delivery.home, delivery.message
        if isinstance(outcome, Interrupted) and home.is_last(message):
            outcome = await self._invocations.run(home.invoker.invoke, message, slot, message_id=message.id)
        return outcome if isinstance(outcome, Outcome) else Failed(f"{type(outcome).__name__} is no outcome")

    async def _consume(self, delivery: Delivery, slot: "asyncio.Task[object]", started: float) -> None:
        message = delivery.message
        home = delivery.home
        watchers = self._watchers
        outcome: Outcome | None = None
        over = False
        began = delivery.began = self._clock.now()
        if watchers.each_job:
            watchers.started(home.name, message, began)
        try:
            outcome = await self._invocations.run(home.invoker.invoke, message, slot, message_id=message.id)
            if not (succeeded := isinstance(outcome, Succeeded)):
                outcome = await self._final_outcome(outcome, delivery, slot)
                succeeded = isinstance(outcome, Succeeded)
            duration = delivery.duration = self._clock.monotonic() - started
            held = self._breaker.observe(delivery, outcome, began=started)
            over = succeeded or (not held and await home.makes_way(message))
            again = self._breaker.rest if held else await home.settle(delivery, outcome)
            if again is not None or watchers.each_job:
                last = again is not None and not held and home.is_last(message)
                watchers.ended(home.name, message, outcome, Ending(duration, again, last, began))
        except asyncio.CancelledError:
            home.cut_short(delivery, outcome)
            watchers.cut_off(home.name, message, outcome)
            raise
        finally:
            if rest := self._handoff.give_back(delivery, succeeded=over):
                self._breaker.lost(rest)
                release(rest, Unrun.BEHIND)
