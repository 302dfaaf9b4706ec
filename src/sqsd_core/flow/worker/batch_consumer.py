"""One slot of a worker that takes batches: invokes one job for several messages, and settles each by its outcome."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

from sqsd_core.flow.delivery import Delivery, release
from sqsd_core.flow.troubles import Troubles
from sqsd_core.flow.watchers import Watchers
from sqsd_core.flow.worker.batch_handoff import BatchHandoff
from sqsd_core.flow.worker.breaker import WorkerBreaker
from sqsd_core.flow.worker.invocations import Invocations
from sqsd_core.outcome import Failed, Outcome, Succeeded
from sqsd_core.policy.gathering import Fate, fates
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.observer import Ending, Unrun

if TYPE_CHECKING:
    from sqsd_core.ports.invoker import Batched


class BatchConsumer:
    """The loop of a slot; all slots share one object."""

    def __init__(
        self,
        *,
        handoff: BatchHandoff,
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
        """Run one batch after another until the handoff is closed."""
        slot = asyncio.current_task()
        if slot is None:
            raise RuntimeError("a slot is a task")
        while batch := await self._handoff.take_batch():
            failed: set[str] = set()
            try:
                if current := self._current(batch, failed):
                    await self._consume(current, slot, failed)
            finally:
                if rest := self._handoff.give_back_batch(batch, failed=failed):
                    self._breaker.lost(rest)
                    release(rest, Unrun.BEHIND)

    def _current(self, batch: Sequence[Delivery], failed: set[str]) -> list[Delivery]:
        """Release messages whose visibility timeout ended while they waited, and those of their groups behind them."""
        now = self._clock.monotonic()
        current: list[Delivery] = []
        gone: list[Delivery] = []
        for delivery in batch:
            group = delivery.message.group_id
            if delivery.invisible_until > now and group not in failed:
                current.append(delivery)
                continue
            gone.append(delivery)
            if group is not None:
                failed.add(group)
        if gone:
            self._troubles.note("visibility ended before the start", message_id=gone[0].message.id, times=len(gone))
            self._breaker.lost(gone)
            release(gone, Unrun.TOO_LATE)
        return current

    async def _consume(self, batch: list[Delivery], slot: "asyncio.Task[object]", failed: set[str]) -> None:
        home = batch[0].home
        began, started = self._clock.now(), self._clock.monotonic()
        for delivery in batch:
            self._watchers.started(home.name, delivery.message, began)
        open_ends: dict[Delivery, Outcome | None] = dict.fromkeys(batch)
        try:
            ended = fates(batch, await self._invoke(batch, slot), group_of=_group)
            for fate in ended:
                open_ends.update([(fate.item, fate.outcome), *fate.behind])
            failed |= _groups([fate.item for fate in ended if not isinstance(fate.outcome, Succeeded)])
            await self._settle(ended, open_ends, began=began, duration=self._clock.monotonic() - started)
        except asyncio.CancelledError:
            for delivery, outcome in open_ends.items():
                home.cut_short(delivery, outcome)
                self._watchers.cut_off(home.name, delivery.message, outcome)
            failed |= _groups(open_ends)
            raise

    async def _invoke(self, batch: Sequence[Delivery], slot: "asyncio.Task[object]") -> Sequence[Outcome]:
        """Invoke the job; returns an outcome for each message."""
        invoker = cast("Batched", batch[0].home.invoker)
        messages = [delivery.message for delivery in batch]
        answer = await self._invocations.run(invoker.invoke_batch, messages, slot, message_id=messages[0].id)
        if isinstance(answer, Failed):
            return [answer] * len(batch)
        if not isinstance(answer, list | tuple) or len(answer) != len(batch):
            return [Failed(f"the invoker returned no outcomes for {len(batch)} messages")] * len(batch)
        return [
            outcome if isinstance(outcome, Outcome) else Failed(f"{type(outcome).__name__} is no outcome")
            for outcome in answer
        ]

    async def _settle(
        self,
        ended: Sequence[Fate[Delivery]],
        open_ends: dict[Delivery, Outcome | None],
        *,
        began: float,
        duration: float,
    ) -> None:
        home = ended[0].item.home
        held = self._breaker.observe_batch([(fate.item, fate.outcome) for fate in ended], began=began)
        if done := [fate.item for fate in ended if isinstance(fate.outcome, Succeeded)]:
            await home.delete(done)
            for delivery in done:
                self._tell(delivery, Succeeded(), Ending(duration, None, last=False, began=began), open_ends)
        for fate in ended:
            if not isinstance(fate.outcome, Succeeded):
                again = await self._put_off(fate, held=fate.item in held)
                for delivery, outcome in [(fate.item, fate.outcome), *fate.behind]:
                    last = again is not None and fate.item not in held and home.is_last(delivery.message)
                    self._tell(delivery, outcome, Ending(duration, again, last=last, began=began), open_ends)

    async def _put_off(self, fate: Fate[Delivery], *, held: bool) -> float | None:
        """Settle what did not succeed; returns seconds until it is tried again."""
        behind = [delivery for delivery, _ in fate.behind]
        home = fate.item.home
        if not held:
            return await home.settle(fate.item, fate.outcome, behind)
        for delivery in behind:
            home.put_back(delivery)
        return self._breaker.rest

    def _tell(
        self, delivery: Delivery, outcome: Outcome, ending: Ending, open_ends: dict[Delivery, Outcome | None]
    ) -> None:
        del open_ends[delivery]
        self._watchers.settled(delivery.home.name, delivery.message, outcome, ending)


def _groups(deliveries: Iterable[Delivery]) -> set[str]:
    return {group for delivery in deliveries if (group := _group(delivery)) is not None}


def _group(delivery: Delivery) -> str | None:
    return delivery.message.group_id
