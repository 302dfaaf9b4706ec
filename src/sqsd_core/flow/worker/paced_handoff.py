"""The handoff of a worker whose starts are limited, by INVOKER_RATE or by INVOKER_ADAPTIVE; its receives follow."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from sqsd_core.flow.delivery import Delivery
from sqsd_core.flow.worker.batch_handoff import BatchHandoff
from sqsd_core.flow.worker.feed import Feed, Places
from sqsd_core.flow.worker.handoff import Handoff
from sqsd_core.flow.worker.waiting import Waiters
from sqsd_core.policy.rate import RESOLUTION, Bucket
from sqsd_core.policy.window import MARGIN, SLACK

T = TypeVar("T")

EARLY = 0.1  # seconds that a message is asked for before it may start, beyond the time of a receive: those scatter
GATHER = 1.0  # seconds that a message may wait for its token, so that one receive brings those of several tokens


class PacedHandoff(Handoff):
    """One slot at a time stands in front: it waits for a free slot, a token and a message, and takes all three.

    A message is asked for when its token is near, so it is not held for long. Several queues: one that was empty is
    asked for one message, and not again before the others that want to receive. Where tokens are so rare that others
    could not receive meanwhile, it is asked without waiting, or if all of them are empty, for a second.
    """

    def __init__(self, *, bucket: Bucket | None, **parts: Any) -> None:  # noqa: ANN401 - those of Handoff
        super().__init__(**parts)
        self._bucket = bucket
        self._front = asyncio.Lock()
        #: the slot in front, while it waits for a token or a free slot
        self._waiting = Waiters()
        #: messages asked for that the window does not count
        self._uncounted = 0
        #: the queues that were empty since a queue has brought a message, or all were asked
        self._passed: set[Feed] = set()
        self._all_empty = False

    @property
    def next_start(self) -> float:
        """Seconds until the rate lets an invocation begin."""
        return 0.0 if self._bucket is None else self._bucket.wait(1, self._clock.monotonic())

    async def take(self) -> Delivery | None:
        return await self._in_front(super().take)

    def resize(self, slots: int) -> None:
        """Use so many slots from now on; what runs already goes on."""
        self.slots = slots
        self._capacity = slots * self._size
        self._window.resize(self._capacity)
        self._waiting.wake(1)
        self._wake_reservers()

    async def reserve(self, feed: Feed, *, at_most: int) -> Places:
        places = await super().reserve(feed, at_most=at_most)
        self._uncounted += places.messages - places.counted
        return places

    def put(self, feed: Feed, deliveries: Sequence[Delivery], *, places: Places, brought: int) -> None:
        self._uncounted -= places.messages - places.counted
        self._note_empty(feed, empty=not brought)
        super().put(feed, deliveries, places=places, brought=brought)

    def is_alone(self, feed: Feed) -> bool:
        return super().is_alone(feed) and not (self.shared and self._are_tokens_rare(self._uncounted))

    def close(self) -> None:
        super().close()
        self._waiting.wake(1)

    async def _in_front(self, take: Callable[[], Awaitable[T]]) -> T:
        """Take a message, or a batch, when it may start; nothing comes when the handoff is closed."""
        self._waiting.wake(1)  # a slot that takes again has become free
        async with self._front:
            await self._until_startable()
            taken = await take()
            if taken:
                self._started()
            return taken

    async def _until_startable(self) -> None:
        while not self._closed:
            if self.running >= self.slots:
                await self._waiting.wait()
            elif pause := self.next_start:
                await self._waiting.wait(pause)
            elif self._may_start:
                return
            else:
                await self._takers.wait(self._may_start_in)

    @property
    def _may_start(self) -> bool:
        """Whether what is buffered may start now."""
        return self._startable() > 0

    @property
    def _may_start_in(self) -> float | None:
        """Seconds until what is buffered may start, whatever else comes; None: never."""
        return None

    def _started(self) -> None:
        # While the bucket was full, waiting brought no tokens, and reservers waited without a timer.
        if self._bucket is not None and self._bucket.take(self._clock.monotonic()):
            self._wake_reservers()

    def _places(self, feed: Feed, at_most: int, *, patient: bool) -> Places | None:
        if self._bucket is None:
            return super()._places(feed, at_most, patient=patient)
        if self._room_in(feed):
            return None
        soon = self._bucket.within(self._ahead + GATHER, self._clock.monotonic()) * self._per_start
        at_most = min(at_most, max(1, soon - self._held - self._uncounted))
        places = super()._places(feed, at_most, patient=patient)
        if places is not None and not places.counted and not self._all_empty:
            return places._replace(brief=self._are_tokens_rare(self._uncounted + 1))
        return places

    async def _room_changed(self, feed: Feed, patience: float | None) -> bool:
        pause = self._room_in(feed) if self._may_receive(feed) else 0.0
        if self._bucket is None or not pause:
            return await super()._room_changed(feed, patience)
        await feed.reservers.wait(None if self._bucket.is_full(self._clock.monotonic()) else pause)
        return True

    def _may_receive(self, feed: Feed) -> bool:
        return super()._may_receive(feed) and not (feed in self._passed and self._others_want())

    def _others_want(self) -> bool:
        others = [feed for feed in self._turns.feeds if feed not in self._passed]
        return any(super(PacedHandoff, self)._may_receive(feed) for feed in others)

    def _note_empty(self, feed: Feed, *, empty: bool) -> None:
        if self._bucket is None or not self.shared:
            return
        if not empty:
            self._passed.clear()
            self._all_empty = False
            return
        self._passed.add(feed)
        if not self._others_want():
            self._passed = {feed}
            self._all_empty = True

    @property
    def _held(self) -> int:
        """Messages that wait for a token, or are asked for and counted."""
        return self._startable() + self._asked

    @property
    def _per_start(self) -> int:
        """Messages that one start takes, in all likelihood."""
        return self._size

    @property
    def _ahead(self) -> float:
        """Seconds that a receive takes at most, in all likelihood."""
        return MARGIN * self._window.receive_time + SLACK + EARLY

    def _are_tokens_rare(self, uncounted: int) -> bool:
        """Whether no queue can be asked beside so many receives of queues that were empty, which may last for long."""
        return bool(self._token_in(self._held + uncounted + 1, lead=GATHER))

    def _room_in(self, feed: Feed) -> float:
        """Seconds until the feed may ask for a message.

        The message may have to wait for GATHER until its token comes; but where the queue is known to have messages,
        only behind those that queues may bring that were empty.
        """
        pause = self._token_in(self._held + self._uncounted + 1, lead=GATHER)
        known = not (self.shared and feed.idle)
        return max(pause, self._token_in(self._held + 1)) if known else pause

    def _token_in(self, number: int, *, lead: float = 0.0) -> float:
        """Seconds until a message may be asked for that is the last of so many that wait for tokens."""
        if self._bucket is None:
            return 0.0
        pause = self._bucket.wait(-(-number // self._per_start), self._clock.monotonic()) - self._ahead - lead
        return pause if pause > RESOLUTION else 0.0


class PacedBatchHandoff(PacedHandoff, BatchHandoff):
    """The same where an invocation takes a batch: one token and one slot for all of its messages.

    Batches that are full with fewer messages than the size allows, because each runs alone or has a large body, need
    more tokens. So the last batch says how many messages are asked for per token. One that was not full doubles it.
    """

    def __init__(self, **parts: Any) -> None:  # noqa: ANN401 - those of PacedHandoff and BatchHandoff
        super().__init__(**parts)
        self._fill = self._size

    async def take_batch(self) -> Sequence[Delivery]:
        return await self._in_front(super().take_batch)

    def _start(self, feed: Feed, now: float) -> Sequence[Delivery]:
        count, full = self._count(feed)
        self._fill = count if full else min(self._size, 2 * self._fill)
        return super()._start(feed, now)

    @property
    def _per_start(self) -> int:
        return self._fill

    # While a batch waits for others, slots may be taken away, so a slot is looked for when it is ready.
    @property
    def _may_start(self) -> bool:
        now = self._clock.monotonic()
        return any(self._ripe(feed, now=now) for feed in self._turns.feeds)

    @property
    def _may_start_in(self) -> float | None:
        return self._ripens_in(self._clock.monotonic())
