"""One slot of a worker that takes batches: invokes one job for several messages, and settles each by its outcome."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from sqsd_core.flow.delivery import Delivery, Home, release
from sqsd_core.flow.troubles import Troubles
from sqsd_core.flow.watchers import Watchers
from sqsd_core.flow.worker.batch_handoff import BatchHandoff
from sqsd_core.flow.worker.breaker import WorkerBreaker
from sqsd_core.flow.worker.invocations import Invocations
from sqsd_core.outcome import Failed, Interrupted, Outcome, Succeeded
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
            running = _Running(home=batch[0].home)
            try:
                if current := self._current(batch, running):
                    await self._consume(current, running, slot)
            finally:
                failed = running.late | running.failed
                self._give_back(self._handoff.give_back_batch(batch, failed=failed, over=running.over))

    def _give_back(self, rest: Sequence[Delivery]) -> None:
        """Release what must not overtake a message of its group."""
        if rest:
            self._breaker.lost(rest)
            release(rest, Unrun.BEHIND)

    def _current(self, batch: Sequence[Delivery], running: "_Running") -> list[Delivery]:
        """Release messages whose visibility timeout ended while they waited, and those of their groups behind them."""
        now = self._clock.monotonic()
        current: list[Delivery] = []
        gone: list[Delivery] = []
        for delivery in batch:
            if delivery.invisible_until > now and delivery.message.group_id not in running.late:
                current.append(delivery)
            else:
                gone.append(delivery)
                running.late |= _groups([delivery])
        if gone:
            self._troubles.note(
                "visibility timeout ended before the job started", message_id=gone[0].message.id, times=len(gone)
            )
            self._breaker.lost(gone)
            release(gone, Unrun.TOO_LATE)
        return current

    async def _consume(self, batch: list[Delivery], running: "_Running", slot: "asyncio.Task[object]") -> None:
        home, started = running.home, self._clock.monotonic()
        running.began, running.started, running.open = self._clock.now(), started, dict.fromkeys(batch)
        for delivery in batch:
            delivery.began = running.began
        self._watchers.batch_started(home.name, [delivery.message for delivery in batch], running.began)
        try:
            ended = fates(batch, await self._invoke(batch, slot), group_of=_group)
            running.duration = self._clock.monotonic() - started
            for delivery in batch:
                delivery.duration = running.duration
            await self._settle(ended, running)
        except asyncio.CancelledError:
            for delivery, outcome in running.open.items():
                home.cut_short(delivery, outcome)
                self._watchers.cut_off(home.name, delivery.message, outcome)
            running.failed |= _groups(running.open)
            raise

    async def _invoke(self, batch: Sequence[Delivery], slot: "asyncio.Task[object]") -> Sequence[Outcome]:
        """Invoke the job; returns an outcome for each message."""
        invoker = cast("Batched", batch[0].home.invoker)
        messages = [delivery.message for delivery in batch]
        answer = await self._invocations.run(invoker.invoke_batch, messages, slot, message_id=messages[0].id)
        if _is_interrupted(answer) and any(map(batch[0].home.is_last, messages)):  # dead letters without a try
            answer = await self._invocations.run(invoker.invoke_batch, messages, slot, message_id=messages[0].id)
        if isinstance(answer, Failed):
            return [answer] * len(batch)
        if not isinstance(answer, list | tuple) or len(answer) != len(batch):
            return [Failed(f"the invoker returned no outcomes for {len(batch)} messages")] * len(batch)
        return [
            outcome if isinstance(outcome, Outcome) else Failed(f"{type(outcome).__name__} is no outcome")
            for outcome in answer
        ]

    async def _settle(self, ended: Sequence[Fate[Delivery]], running: "_Running") -> None:
        done = [fate.item for fate in ended if isinstance(fate.outcome, Succeeded)]
        others = [fate for fate in ended if not isinstance(fate.outcome, Succeeded)]
        for fate in ended:
            running.open.update([(fate.item, fate.outcome), *fate.behind])
        running.failed = _groups([fate.item for fate in others])
        held = self._breaker.observe_batch([(fate.item, fate.outcome) for fate in ended], began=running.started)
        for fate in others:
            if fate.item in held:
                self._stand_aside(fate, running)
        if done:
            await running.home.delete(done)
            for delivery in done:
                self._tell(delivery, Succeeded(), running, again=None)
        for fate in others:
            if fate.item not in held:
                await self._put_off(fate, running)

    def _stand_aside(self, fate: Fate[Delivery], running: "_Running") -> None:
        """End the group of a message that is held: its trial may come before the rest of the batch is settled."""
        for delivery, _ in fate.behind:
            running.home.put_back(delivery)
        running.over |= _groups([fate.item])
        self._give_back(self._handoff.end_group(fate.item))
        again = self._breaker.rest
        self._tell(fate.item, fate.outcome, running, again=again, held=True)
        for delivery, outcome in fate.behind:
            self._tell(delivery, outcome, running, again=again)

    async def _put_off(self, fate: Fate[Delivery], running: "_Running") -> None:
        """Settle what did not succeed, and what is behind it."""
        home, behind = running.home, [delivery for delivery, _ in fate.behind]
        # asked first: it may learn of a limit that was raised
        makes_way = await home.makes_way(fate.item.message)
        if makes_way and all(home.is_last(delivery.message) for delivery in behind):
            running.failed -= _groups([fate.item])
        again = await home.settle(fate.item, fate.outcome, behind)
        for delivery, outcome in [(fate.item, fate.outcome), *fate.behind]:
            self._tell(delivery, outcome, running, again=again)

    def _tell(
        self, delivery: Delivery, outcome: Outcome, running: "_Running", *, again: float | None, held: bool = False
    ) -> None:
        del running.open[delivery]
        last = again is not None and not held and running.home.is_last(delivery.message)
        ending = Ending(running.duration, again, last=last, began=running.began)
        self._watchers.ended(running.home.name, delivery.message, outcome, ending)


@dataclass(slots=True, kw_only=True)
class _Running:
    """A batch from its start to its end."""

    home: Home
    #: Unix time of the start
    began: float = 0.0
    #: the same in monotonic seconds
    started: float = 0.0
    #: seconds that the job took
    duration: float = 0.0
    #: the messages whose end was not told, with their outcomes as far as these are known
    open: dict[Delivery, Outcome | None] = field(default_factory=dict)
    #: the groups of messages that were released since they came too late
    late: set[str] = field(default_factory=set)
    #: the groups of which a message comes back
    failed: set[str] = field(default_factory=set)
    #: the groups that have ended before their batch
    over: set[str] = field(default_factory=set)


def _is_interrupted(answer: object) -> bool:
    return isinstance(answer, list | tuple) and all(isinstance(outcome, Interrupted) for outcome in answer)


def _groups(deliveries: Iterable[Delivery]) -> set[str]:
    return {group for delivery in deliveries if (group := _group(delivery)) is not None}


def _group(delivery: Delivery) -> str | None:
    return delivery.message.group_id
