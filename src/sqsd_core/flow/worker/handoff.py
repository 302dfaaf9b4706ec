"""The buffer between the receives of a worker's queues and its slots: who reserves places, what runs next."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat

from sqsd_core.flow.delivery import Delivery, Home
from sqsd_core.flow.worker.feed import Feed, Places
from sqsd_core.flow.worker.turns import Turns
from sqsd_core.flow.worker.waiting import Waiters, Woken
from sqsd_core.policy.window import Window
from sqsd_core.ports.clock import Clock


class Handoff:
    """Counts the window that ``policy/window`` bounds, over all feeds: asked for, startable, running."""

    def __init__(self, *, window: Window, turns: Turns, clock: Clock, slots: int, size: int = 1) -> None:
        """``size``: messages of one invocation, at most."""
        self._window = window
        self._turns = turns
        self._clock = clock
        self.slots = slots
        self._size = size
        self._capacity = slots * size
        #: the only feed where there is one; most workers have one, and need not ask whose turn it is
        self._only: Feed | None = None
        self._by_home: dict[Home, Feed] = {}
        #: in places; an invocation takes ``size`` of them, however many messages it has
        self._running = 0
        self._asked = 0
        self._closed = False
        self._takers = Waiters()
        #: reservers that wait for places, or are woken; those of all feeds that are woken; whether there is more room
        #: since one was woken
        self._reservers = 0
        self._called = Woken()
        self._grew = False

    def __repr__(self) -> str:
        state = ", closed" if self._closed else ""
        return f"<Handoff {self._running} running, {self.buffered} buffered, {self._asked} asked for{state}>"

    @property
    def running(self) -> int:
        """Slots that are busy."""
        return self._running // self._size

    @property
    def buffered(self) -> int:
        return sum(len(feed.ordering) for feed in self._turns.feeds)

    @property
    def shared(self) -> bool:
        """Whether several queues feed the worker."""
        return self._only is None

    def join(self, feed: Feed, home: Home) -> None:
        """Let a queue feed the worker; what it brings goes back to ``home``."""
        self._by_home[home] = feed
        feed.reservers = Waiters(self._called)
        self._window.allow(feed.max_messages)
        self._arrange((*self._turns.feeds, feed))

    def part(self, feed: Feed, home: Home) -> None:
        """Forget a queue of which nothing is buffered or running any more."""
        del self._by_home[home]
        self._arrange([other for other in self._turns.feeds if other is not feed])

    def is_alone(self, feed: Feed) -> bool:
        """Whether the feed's receive under way is its only one and stays so."""
        return feed.receiving == 1 and self._side_by_side(feed) == 1

    async def reserve(self, feed: Feed, *, at_most: int) -> Places:
        """Reserve places for a receive, waiting until there are enough to be worth it and it is the feed's turn."""
        patient = True
        feed.wanting += 1
        try:
            while (places := self._places(feed, at_most, patient=patient)) is None:
                patience = self._window.patience() if self._could_hurry(feed) else None
                self._reservers += 1
                try:
                    patient = await self._room_changed(feed, patience)
                finally:
                    self._reservers -= 1
                self._looked()
        except BaseException:
            feed.wanting -= 1
            self._grew = True  # the room that it was woken for, or its turn, is another's
            self._looked()
            raise
        feed.wanting -= 1
        self._asked += places.counted
        feed.receiving += 1
        if self._only is None:
            self._turns.reserved(feed, places)
        self._wake_next()
        return places

    def put(self, feed: Feed, deliveries: Sequence[Delivery], *, places: Places, brought: int) -> None:
        """Hand over what may run of the ``brought`` messages, and give up the places that they did not fill."""
        for delivery in deliveries:
            feed.ordering.add(delivery, delivery.message.group_id)
        self._asked -= places.counted
        feed.receiving -= 1
        feed.idle = not brought
        if self._only is None:
            self._turns.answered(feed, places, brought)
        self._wake_next()
        self._wake_takers()

    def again(self, deliveries: Sequence[Delivery]) -> None:
        """Take back deliveries for which no places are reserved any more: they were held and may start now."""
        for delivery in deliveries:
            self._by_home[delivery.home].ordering.add(delivery, delivery.message.group_id)
        self._wake_takers()

    async def take(self) -> Delivery | None:
        """Wait for a message that may start now, which is then running; None when the handoff is closed."""
        while not self._closed:
            feed = self._only or self._turns.next()
            if feed is not None and (delivery := feed.ordering.next()) is not None:
                feed.running += 1
                self._running += 1
                self._window.started(self._clock.monotonic())
                return delivery
            await self._takers.wait()
        return None

    def give_back(self, delivery: Delivery, *, succeeded: bool) -> Sequence[Delivery]:
        """Free the slot; returns the deliveries of the message's group that must be released."""
        feed = self._only or self._by_home[delivery.home]
        feed.running -= 1
        self._running -= 1
        self._window.ended(self._clock.monotonic())
        rest: Sequence[Delivery] = ()
        if (group := delivery.message.group_id) is not None:
            rest = feed.ordering.ended(group, succeeded=succeeded)
            self._wake_takers()
        self._slot_is_free(feed)
        return rest

    def abandon(self, *feeds: Feed) -> Sequence[Delivery]:
        """Take out everything of these feeds that has not started, or of all."""
        gone = [delivery for feed in feeds or self._turns.feeds for delivery in feed.ordering.clear()]
        self._made_room()
        return gone

    def wind_down(self, feed: Feed, *, but: Callable[[Delivery], bool]) -> Sequence[Delivery]:
        """Take out what has not started of a feed that ends, except what ``but`` names, which starts without delay."""
        feed.ends = True
        gone = feed.ordering.clear(but=but)
        self._made_room()
        self._wake_takers()
        return gone

    def abandon_startable(self) -> Sequence[Delivery]:
        """Take out what a slot could start now; what waits behind a running message of its group stays."""
        gone = [delivery for feed in self._turns.feeds for delivery in feed.ordering.clear_startable()]
        self._made_room()
        return gone

    async def none_left(self, feed: Feed) -> None:
        """Wait until none of the feed's messages runs or waits for a slot."""
        while feed.running or len(feed.ordering):
            feed.none_left = asyncio.Event()
            await feed.none_left.wait()

    def close(self) -> None:
        """Start no further message."""
        self._closed = True
        self._takers.wake_all()

    def _arrange(self, feeds: Sequence[Feed]) -> None:
        self._turns.arrange(feeds)
        self._only = feeds[0] if len(feeds) == 1 else None
        self._wake_reservers()  # who shares now may want fewer places, and who shares no more gets what others held

    def _made_room(self) -> None:
        """Note that messages were taken out which have not started."""
        for feed in self._turns.feeds:
            if feed.none_left is not None:
                feed.none_left.set()
        self._wake_reservers()

    def _wake_reservers(self) -> None:
        for feed in self._turns.feeds:
            feed.reservers.wake_all()

    def _wake_takers(self) -> None:
        self._takers.wake_for(self._startable())

    def _slot_is_free(self, feed: Feed) -> None:
        if feed.none_left is not None and not feed.running:
            feed.none_left.set()
        if self._reservers:  # each job that ends asks
            self._wake_next()

    def _startable(self) -> int:
        return self._turns.startable if self._only is None else len(self._only.ordering.ready)

    def _side_by_side(self, feed: Feed) -> int:
        return feed.receives.side_by_side(self._window.changed_at)

    def _used(self) -> int:
        return self._running + self._startable() + self._asked

    def _could_hurry(self, feed: Feed) -> bool:
        """Whether a slot is free for which nothing is asked, though the feed might."""
        if self._used() >= self._capacity:
            return False
        return feed.receiving < self._side_by_side(feed) and (self._only is not None or self._is_turn_of(feed))

    def _places(self, feed: Feed, at_most: int, *, patient: bool) -> Places | None:
        if feed.receiving >= self._side_by_side(feed):
            return None
        if self._only is None:
            if not self._is_turn_of(feed):
                return None
            if feed.idle:
                return Places(1, 0) if self._used() < self._capacity + self._window.prefetch else None
        wanted = min(at_most, self._window.want(used=self._used(), patient=patient))
        return Places(wanted, wanted, brief=self._only is None) if wanted else None

    def _is_turn_of(self, feed: Feed) -> bool:
        return self._turns.next_to_reserve(self._may_receive) is feed

    def _may_receive(self, feed: Feed) -> bool:
        return feed.wanting > 0 and feed.receiving < feed.receives.side_by_side(self._window.changed_at)

    def _wake_next(self) -> None:
        """Wake as many reservers as there are places for, of the feeds whose turns come next.

        All of them look in this turn of the loop, each whether it is its turn by then. One per turn would leave slots
        idle, since many jobs end in each. Whoever was woken looks before others are woken, or each job that ends in a
        turn would wake one for the same room.
        """
        self._grew = self._called.count > 0
        if self._grew or not self._reservers:
            return
        if (used := self._used()) >= self._capacity + self._window.prefetch:
            return
        for feed in self._next_to_receive():
            hurry = not feed.timed and used < self._capacity
            if not (feed.idle or hurry or self._window.want(used=used, patient=True)):
                return
            feed.reservers.wake(1)
            used += 1 if feed.idle else feed.max_messages
            if used >= self._capacity + self._window.prefetch:
                return

    def _next_to_receive(self) -> Iterable[Feed]:
        """The feeds that may receive, in the order of their turns; the only one once for each receive."""
        if (feed := self._only) is not None:
            return repeat(feed, self._side_by_side(feed) - feed.receiving)
        return self._turns.to_reserve(self._may_receive)

    def _looked(self) -> None:
        """Note that a reserver looks whether there are places for it, or leaves."""
        if self._grew and not self._called.count:
            self._wake_next()

    async def _room_changed(self, feed: Feed, patience: float | None) -> bool:
        """Wait for more room; False when patience has run out first."""
        if patience is None:
            return await feed.reservers.wait()
        feed.timed += 1
        try:
            return await feed.reservers.wait(patience)
        finally:
            feed.timed -= 1
