"""The handoff of a worker whose invocations take several messages: what makes the next batch, and when it starts."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import partial

from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.worker.feed import Feed
from sqsd_core.flow.worker.handoff import Handoff
from sqsd_core.flow.worker.turns import Turns
from sqsd_core.policy.gathering import Gathering
from sqsd_core.policy.window import Window
from sqsd_core.ports.clock import Clock


class BatchHandoff(Handoff):
    """Until it starts, a batch is no more than buffered messages: a drain or an outage gives them back as ever."""

    def __init__(self, *, gathering: Gathering, window: Window, turns: Turns, clock: Clock, slots: int) -> None:
        super().__init__(window=window, turns=turns, clock=clock, slots=slots, size=gathering.size)
        self._gathering = gathering

    async def take_batch(self) -> Sequence[Delivery]:
        """Wait for a batch of one queue that may start now, which is then running; empty when the handoff is closed."""
        while not self._closed:
            now = self._clock.monotonic()
            if (feed := self._turns.next(partial(self._ripe, now=now))) is not None:
                return self._start(feed, now)
            await self._takers.wait(self._ripens_in(now))
        return ()

    def end_group(self, delivery: Delivery) -> Sequence[Delivery]:
        """Let the message's group be free before its batch is given back; returns what must be released of it."""
        group = delivery.message.group_id
        return () if group is None else self._by_home[delivery.home].ordering.ended(group, succeeded=False)

    def give_back_batch(
        self, batch: Sequence[Delivery], *, failed: AbstractSet[str], over: AbstractSet[str] = frozenset()
    ) -> Sequence[Delivery]:
        """Free the slot; returns what must be released of the groups that ``failed`` and are not ``over`` already."""
        feed = self._by_home[batch[0].home]
        feed.running -= 1
        self._running -= self._size
        now = self._clock.monotonic()
        for _ in batch:
            self._window.ended(now)
        rest: list[Delivery] = []
        for group in dict.fromkeys(delivery.message.group_id for delivery in batch):
            if group is not None and group not in over:
                rest += feed.ordering.ended(group, succeeded=group not in failed)
        self._wake_takers()
        self._slot_is_free(feed)
        return rest

    def _start(self, feed: Feed, now: float) -> Sequence[Delivery]:
        batch = feed.ordering.take(self._count(feed)[0])
        self._turns.started(feed, len(batch) - 1)
        feed.running += 1
        self._running += self._size
        for _ in batch:
            self._window.started(now)
        if self._startable():
            self._takers.wake_for(1)  # who waits for the rest to ripen
        return batch

    def _count(self, feed: Feed) -> tuple[int, bool]:
        messages = (delivery.message for delivery in feed.ordering.together())
        return self._gathering.count(messages, is_last=feed.ordering.first.home.is_last)

    def _ripe(self, feed: Feed, *, now: float) -> bool:
        """Whether the feed has a batch that is full, or that has waited long enough."""
        if not feed.ordering.startable:
            return False
        return self._ready_at(feed) <= now or self._count(feed)[1]

    def _ripens_in(self, now: float) -> float | None:
        """Seconds until a batch starts though it is not full; None where nothing is buffered that could start."""
        ready_at = [self._ready_at(feed) for feed in self._turns.feeds if feed.ordering.startable]
        return max(0.0, min(ready_at) - now) if ready_at else None

    def _ready_at(self, feed: Feed) -> float:
        """When a batch of the feed starts though it is not full, on the monotonic clock."""
        return feed.ordering.first.received_at + (0.0 if feed.ends else self._gathering.window)

    def _wake_takers(self) -> None:
        self._takers.wake_for(-(-self._startable() // self._size))
