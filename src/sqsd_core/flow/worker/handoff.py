"""The bounded buffer between fetchers and consumers: nothing is received without a place reserved for it."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from sqsd_core.flow.delivery import Delivery
from sqsd_core.message import Message
from sqsd_core.policy.ordering import Ordering
from sqsd_core.policy.receives import Receives
from sqsd_core.policy.window import Window
from sqsd_core.ports.clock import Clock

#: resolves to True when it is woken, to False when its patience has run out
Waiter = asyncio.Future[bool]


class Handoff:
    """Counts the window that ``policy/window`` bounds: asked for, startable, running."""

    def __init__(self, *, window: Window, receives: Receives, clock: Clock, slots: int) -> None:
        self._window = window
        self._receives = receives
        self._clock = clock
        self._slots = slots
        self._ordering: Ordering[Delivery] = Ordering()
        self._running = 0
        self._asked = 0
        self._receiving = 0
        #: reservers that wait under a time limit, of which one is enough
        self._timed = 0
        self._closed = False
        self._takers: deque[Waiter] = deque()
        self._reservers: deque[Waiter] = deque()

    def __repr__(self) -> str:
        state = ", closed" if self._closed else ""
        return f"<Handoff {self._running} running, {len(self._ordering)} buffered, {self._asked} asked for{state}>"

    @property
    def running(self) -> int:
        return self._running

    @property
    def receiving(self) -> int:
        """Receives under way."""
        return self._receiving

    @property
    def alone(self) -> bool:
        """Whether the receive under way is the only one and stays so."""
        return self._receiving == 1 and self._side_by_side() == 1

    @property
    def buffered(self) -> int:
        return len(self._ordering)

    @property
    def followers(self) -> bool:
        """Whether a buffered message waits behind another one of its group."""
        return self._ordering.followers

    def behind(self, group: str) -> Sequence[Message]:
        """The messages that wait behind the group's running one."""
        return [delivery.message for delivery in self._ordering.behind(group)]

    async def reserve(self, *, at_most: int) -> int:
        """Reserve places for a receive, waiting until there are enough to be worth it."""
        patient = True
        while True:
            if wanted := min(at_most, self._want(patient=patient)):
                self._asked += wanted
                self._receiving += 1
                return wanted
            patience = self._window.patience() if self._idle() else None
            patient = await self._room_changed(patience)

    def put(self, deliveries: Sequence[Delivery], *, reserved: int) -> None:
        """Hand over what a receive brought, and give up the places that it did not fill."""
        for delivery in deliveries:
            self._ordering.add(delivery, delivery.message.group_id)
        self._asked -= reserved
        self._receiving -= 1
        self._wake_reservers()
        self._wake(self._takers, self._ordering.startable)

    def again(self, deliveries: Sequence[Delivery]) -> None:
        """Take back deliveries for which no places are reserved any more: they were held and may start now."""
        for delivery in deliveries:
            self._ordering.add(delivery, delivery.message.group_id)
        self._wake(self._takers, self._ordering.startable)

    async def take(self) -> Delivery | None:
        """Wait for a message that may start now, which is then running; None when the handoff is closed."""
        while not self._closed:
            if (delivery := self._ordering.next()) is not None:
                self._running += 1
                self._window.started(self._clock.monotonic())
                return delivery
            await self._wait(self._takers)
        return None

    def give_back(self, delivery: Delivery, *, succeeded: bool) -> Sequence[Delivery]:
        """Free the slot; returns the deliveries of the message's group that must be released."""
        self._running -= 1
        self._window.ended(self._clock.monotonic())
        rest: Sequence[Delivery] = ()
        if (group := delivery.message.group_id) is not None:
            rest = self._ordering.ended(group, succeeded=succeeded)
            self._wake(self._takers, self._ordering.startable)
        if self._reservers and (self._want(patient=True) or (not self._timed and self._idle())):
            self._wake(self._reservers, 1)
        return rest

    def abandon(self) -> Sequence[Delivery]:
        """Take out everything that has not started."""
        gone = self._ordering.clear()
        self._wake_reservers()
        return gone

    def close(self) -> None:
        """From now on nothing starts."""
        self._closed = True
        self._wake(self._takers, len(self._takers))

    def _side_by_side(self) -> int:
        return self._receives.side_by_side(self._window.changed_at)

    def _used(self) -> int:
        return self._running + self._ordering.startable + self._asked

    def _idle(self) -> bool:
        """Whether a slot is free for which nothing is asked, though it might be."""
        return self._receiving < self._side_by_side() and self._used() < self._slots

    def _want(self, *, patient: bool) -> int:
        if self._receiving >= self._side_by_side():
            return 0
        return self._window.want(
            running=self._running, startable=self._ordering.startable, asked=self._asked, patient=patient
        )

    async def _room_changed(self, patience: float | None) -> bool:
        """Wait for more room; False when patience has run out first."""
        if patience is None:
            return await self._wait(self._reservers)
        self._timed += 1
        try:
            return await self._wait(self._reservers, patience)
        finally:
            self._timed -= 1

    async def _wait(self, waiters: deque[Waiter], patience: float | None = None) -> bool:
        """Wait to be woken; False when patience has run out first."""
        loop = asyncio.get_running_loop()
        waiter: Waiter = loop.create_future()
        waiters.append(waiter)
        # a timer by hand, since asyncio.timeout takes four microseconds and slots wait often
        timer = None if patience is None else loop.call_later(patience, self._run_out, waiters, waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._wake(waiters, 1)  # the wake-up was ours to use and is another's now
            with suppress(ValueError):
                waiters.remove(waiter)
            raise
        finally:
            if timer is not None:
                timer.cancel()

    @staticmethod
    def _run_out(waiters: deque[Waiter], waiter: Waiter) -> None:
        if not waiter.done():
            waiters.remove(waiter)
            waiter.set_result(False)

    def _wake_reservers(self) -> None:
        self._wake(self._reservers, len(self._reservers))

    @staticmethod
    def _wake(waiters: deque[Waiter], count: int) -> None:
        while waiters and count > 0:
            waiter = waiters.popleft()
            if not waiter.done():
                waiter.set_result(True)
                count -= 1
