"""Reserves places, receives, and puts what may run into the handoff."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from sqsd_core.errors import QueueError
from sqsd_core.flow.admission import Admission
from sqsd_core.flow.delivery import Delivery, release
from sqsd_core.flow.drain import Drain
from sqsd_core.flow.options import QueueOptions
from sqsd_core.flow.source.intake import Intake
from sqsd_core.flow.source.last_tries import LastTries
from sqsd_core.flow.source.obstacle import Obstacle
from sqsd_core.flow.source.outage import Outage
from sqsd_core.flow.source.pause import Pause
from sqsd_core.flow.watchers import Watchers
from sqsd_core.flow.worker.breaker import TRIAL, WorkerBreaker
from sqsd_core.flow.worker.feed import Feed, Places
from sqsd_core.flow.worker.handoff import Handoff
from sqsd_core.flow.worker.stuck import StuckJobs
from sqsd_core.message import Message
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.comebacks import Comebacks
from sqsd_core.policy.window import Window
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.observer import Unrun
from sqsd_core.ports.queue import Queue

logger = logging.getLogger(__name__)


class Fetcher:
    """One loop of receives; several run side by side and share everything.

    A receive that is under way is never interrupted by a drain: cancelling it would hide the next message.
    """

    def __init__(
        self,
        *,
        queue: Queue,
        shown: str,
        handoff: Handoff,
        feed: Feed,
        admission: Admission,
        breaker: WorkerBreaker,
        stuck: StuckJobs,
        watchers: Watchers,
        window: Window,
        comebacks: Comebacks,
        intake: Intake,
        last_tries: LastTries,
        outage: Outage,
        obstacle: Obstacle,
        pause: Pause,
        drain: Drain,
        clock: Clock,
        random: Callable[[], float],
        options: QueueOptions,
    ) -> None:
        """``shown`` is what operators call the queue."""
        self._queue = queue
        self._shown = shown
        self._handoff = handoff
        self._feed = feed
        self._receives = feed.receives
        self._admission = admission
        self._breaker = breaker
        self._stuck = stuck
        self._watchers = watchers
        self._window = window
        self._comebacks = comebacks
        self._intake = intake
        self._last_tries = last_tries
        self._outage = outage
        self._obstacle = obstacle
        self._paused = pause
        self._drain = drain
        self._clock = clock
        self._random = random
        self._options = options
        #: whether the queue has answered a receive
        self._receiving = False

    async def run(self) -> None:
        """Receive until the drain is asked for."""
        while not self._drain.requested:
            admitted, places = 0, None
            with self._drain.interrupts():
                await self._until_useful()
                admitted = await self._breaker.admit()
                places = await self._handoff.reserve(self._feed, at_most=min(admitted, self._options.max_messages))
            if places is not None:
                await self._receive(admitted, places)
                if admitted == TRIAL:  # the fetchers of other queues wait for the trial as well
                    await asyncio.sleep(0)
                await self._pause(self._options.interval)
            elif admitted:
                self._breaker.came((), admitted=admitted)

    async def _until_useful(self) -> None:
        while True:
            if rest := self._rest():
                await asyncio.sleep(rest)
            elif self._admission.admits:
                return
            else:
                await self._admission.changed()

    def _rest(self) -> float:
        """Seconds until another look is worth it at a trouble that ends without an event."""
        return self._outage.rest or self._stuck.rest or self._obstacle.rest

    async def _receive(self, admitted: int, places: Places) -> None:
        messages: Sequence[Message] = ()
        startable: Sequence[Delivery] = ()
        try:
            if self._admission.admits and self._breaker.passable(admitted) and not self._outage.rest:
                messages = await self._ask(admitted, places)
                startable = await self._lock(messages)
        except QueueError as error:
            if not self._outage.rest:  # receives that fail side by side are one failure
                self._outage.failed(error, pause=self._receives.failed(random=self._random()))
        finally:
            welcome, rest = self._sort(startable, admitted)
            self._breaker.came(welcome, admitted=admitted)
            self._handoff.put(self._feed, welcome, places=places, brought=len(messages))
        if rest:
            release(self._paused.keep(self._breaker.keep(rest)), Unrun.STOPPED)

    def _sort(self, startable: Sequence[Delivery], admitted: int) -> tuple[Sequence[Delivery], Sequence[Delivery]]:
        """What may still start, and what may not, since something has changed during the receive."""
        if not self._breaker.passable(admitted) or self._stopped:
            return (), startable
        if self._drain.requested:
            return self._last_tries.split(startable)
        return startable, ()

    async def _lock(self, messages: Sequence[Message]) -> list[Delivery]:
        began = self._clock.monotonic()
        startable = await self._intake.startable(messages)
        if messages:
            self._receives.locked(took=self._clock.monotonic() - began)
            self._window.receive_time = self._receives.time + self._receives.lock_time
        return startable

    @property
    def _stopped(self) -> bool:
        """Whether nothing may start: there is a pause, or what runs now would run again, however it ends."""
        return self._paused.holds or self._admission.closed_for(Reason.DELETES_REFUSED)

    async def _ask(self, admitted: int, places: Places) -> Sequence[Message]:
        asked_at = self._clock.monotonic()
        wait = 0.0 if places.brief else self._receives.wait(self._options.wait_time, alone=self._may_wait(admitted))
        one, wait = self._comebacks.ask(wait=wait, followers=self._feed.ordering.followers, now=asked_at)
        asked = 1 if one else places.messages
        messages = await self._queue.receive(
            max_messages=asked,
            wait=wait,
            visibility=self._options.visibility_timeout,
        )
        now = self._clock.monotonic()
        self._answered()
        self._watchers.received(self._feed.name, len(messages))
        pause = self._receives.answered(len(messages), asked=asked, took=now - asked_at, now=now)
        if not places.brief:  # after an empty one, the next is not brief; a pause would keep places from other queues
            await self._pause(pause)
        return messages

    def _answered(self) -> None:
        self._outage.answered()
        if not (self._receiving or self._drain.requested):
            self._receiving = True
            logger.info("receiving", extra={"queue": self._shown, "slots": self._handoff.slots})

    def _may_wait(self, admitted: int) -> bool:
        """Whether a receive may wait for long for its first message."""
        if not (self._handoff.is_alone(self._feed) and self._breaker.patient):
            return False
        if admitted == TRIAL and self._handoff.shared:  # another queue may have a message for the trial
            return False
        # A short poll tells sooner whether the queue lets us receive, at first and after an outage.
        return self._receiving and self._admission.ready

    async def _pause(self, seconds: float) -> None:
        if seconds and not self._drain.requested:
            with self._drain.interrupts():
                await asyncio.sleep(seconds)
