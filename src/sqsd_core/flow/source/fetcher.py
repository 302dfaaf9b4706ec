"""Reserves places, receives, acquires the locks and puts what may run into the handoff."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from sqsd_core.errors import QueueError
from sqsd_core.flow.admission import Admission
from sqsd_core.flow.delivery import Delivery, release
from sqsd_core.flow.drain import Drain
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.flow.source.heartbeat import Heartbeat
from sqsd_core.flow.source.locks import Locks
from sqsd_core.flow.source.outage import Outage
from sqsd_core.flow.source.settler import Settler
from sqsd_core.flow.troubles import Troubles
from sqsd_core.flow.worker.breaker import WorkerBreaker
from sqsd_core.flow.worker.handoff import Handoff
from sqsd_core.message import Message
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.comebacks import Comebacks
from sqsd_core.policy.locking import Claim
from sqsd_core.policy.receives import Receives
from sqsd_core.policy.scoreboard import Scoreboard
from sqsd_core.policy.window import Window
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.invoker import Bounded
from sqsd_core.ports.queue import Queue

STUCK_PAUSE = 1.0  # seconds between two looks at jobs that outlived their time limit

logger = logging.getLogger(__name__)


class Fetcher:
    """One loop of receives; several run side by side and share everything.

    A receive that is under way is never interrupted by a drain: cancelling it would hide the next message.
    """

    def __init__(
        self,
        *,
        queue: Queue,
        handoff: Handoff,
        admission: Admission,
        breaker: WorkerBreaker,
        bounded: Bounded | None,
        locks: Locks,
        heartbeat: Heartbeat,
        settler: Settler,
        scoreboard: Scoreboard,
        window: Window,
        receives: Receives,
        comebacks: Comebacks,
        outage: Outage,
        troubles: Troubles,
        drain: Drain,
        clock: Clock,
        random: Callable[[], float],
        options: DaemonOptions,
    ) -> None:
        self._queue = queue
        self._handoff = handoff
        self._admission = admission
        self._breaker = breaker
        self._bounded = bounded
        self._locks = locks
        self._heartbeat = heartbeat
        self._settler = settler
        self._scoreboard = scoreboard
        self._window = window
        self._receives = receives
        self._comebacks = comebacks
        self._outage = outage
        self._troubles = troubles
        self._drain = drain
        self._clock = clock
        self._random = random
        self._options = options
        self._receiving = False

    async def run(self) -> None:
        """Receive until the drain is asked for."""
        while not self._drain.requested:
            admitted = reserved = 0
            with self._drain.interrupts():
                await self._until_useful()
                admitted = await self._breaker.admit()
                reserved = await self._handoff.reserve(at_most=min(admitted, self._options.max_messages))
            if reserved:
                await self._receive(admitted, reserved)
                await self._pause(self._options.interval)

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
        if rest := self._outage.rest:
            return rest
        if self._bounded is not None and self._is_stuck(self._bounded.stuck):
            return STUCK_PAUSE
        return 0.0

    def _is_stuck(self, why: str) -> bool:
        if why:
            if self._admission.close(Reason.STUCK_JOBS, why):
                self._troubles.note(
                    "too many jobs outlived their time limit, receiving stops", level=logging.ERROR, reason=why
                )
        elif self._admission.open(Reason.STUCK_JOBS):
            self._troubles.note("jobs that outlived their time limit have ended, receiving")
        return bool(why)

    async def _receive(self, admitted: int, reserved: int) -> None:
        startable: Sequence[Delivery] = ()
        try:
            if self._admission.admits and self._breaker.passable(admitted) and not self._outage.rest:
                startable = await self._startable(await self._ask(reserved))
        except QueueError as error:
            if not self._outage.rest:  # receives that fail side by side are one failure
                self._outage.failed(error, pause=self._receives.failed(random=self._random()))
        finally:
            welcome = self._breaker.passable(admitted) and not self._drain.requested and not self._repeats
            arrived = startable if welcome else ()
            self._breaker.came(arrived, admitted=admitted)
            self._handoff.put(arrived, reserved=reserved)
        if not welcome:
            release(self._breaker.keep(startable))

    @property
    def _repeats(self) -> bool:
        """Whether what runs now would run again, however it ends."""
        return self._admission.closed_for(Reason.DELETES_REFUSED)

    async def _ask(self, reserved: int) -> Sequence[Message]:
        if not self._receiving:
            self._receiving = True
            logger.info("receiving", extra={"queue": self._queue.name, "slots": self._options.slots})
        asked_at = self._clock.monotonic()
        # While we wait for the queue's first sign of life, a short poll gives it sooner.
        long = self._handoff.alone and self._admission.ready and self._breaker.patient
        wait = self._receives.wait(self._options.wait_time, alone=long)
        one, wait = self._comebacks.ask(wait=wait, followers=self._handoff.followers, now=asked_at)
        asked = 1 if one else reserved
        messages = await self._queue.receive(
            max_messages=asked,
            wait=wait,
            visibility=self._options.visibility_timeout,
        )
        now = self._clock.monotonic()
        self._outage.answered()
        self._scoreboard.answered(len(messages))
        pause = self._receives.answered(len(messages), asked=asked, took=now - asked_at, now=now)
        self._window.receive_time = self._receives.time
        await self._pause(pause)
        return messages

    async def _startable(self, messages: Sequence[Message]) -> list[Delivery]:
        """Acquire the locks; what is running or done elsewhere, or must wait for such a one, is taken out."""
        if not messages:
            return []
        now = self._clock.monotonic()
        deliveries = [self._deliver(message, now) for message in messages]
        try:
            claims = await self._locks.acquire([delivery.lock for delivery in deliveries])
        except BaseException:
            release(deliveries)
            raise
        if claims is None:
            release(deliveries)
            return []
        return self._sort(deliveries, claims)

    def _sort(self, deliveries: Sequence[Delivery], claims: Sequence[Claim]) -> list[Delivery]:
        startable: list[Delivery] = []
        overtaking: list[Delivery] = []
        held: dict[str | None, Delivery] = {}
        for delivery, claim in zip(deliveries, claims, strict=True):
            message = delivery.message
            match claim:
                case Claim.ACQUIRED:
                    if (group := message.group_id) is not None:
                        if group in held:
                            overtaking.append(delivery)
                            continue
                        self._comebacks.came(message, now=delivery.received_at)
                    self._heartbeat.hold(delivery)
                    startable.append(delivery)
                case Claim.DONE:
                    self._scoreboard.duplicates += 1
                    self._settler.delete_duplicate(delivery)
                    self._troubles.note("duplicate, deleting", level=logging.INFO, message_id=message.id)
                case Claim.HELD:
                    held.setdefault(message.group_id, delivery)
                    self._leave(delivery)
        if overtaking:
            self._spare(overtaking, held)
        return startable

    def _spare(self, overtaking: Sequence[Delivery], held: Mapping[str | None, Delivery]) -> None:
        """Release what must wait for a message that is held, and note when that message may come again."""
        for group, first in held.items():
            if behind := [delivery.message for delivery in overtaking if delivery.message.group_id == group]:
                self._comebacks.put_off(first.message, until=first.invisible_until, behind=behind)
        release(overtaking)

    def _leave(self, delivery: Delivery) -> None:
        message_id = delivery.message.id
        if self._heartbeat.adopt(delivery):
            self._scoreboard.duplicates += 1
            self._troubles.note("message is running here", level=logging.INFO, message_id=message_id)
        else:
            # Accepted: it stays hidden until its visibility timeout ends; whoever runs it deletes it before.
            self._scoreboard.held_elsewhere += 1
            self._troubles.note("message is running elsewhere", level=logging.INFO, message_id=message_id)

    def _deliver(self, message: Message, now: float) -> Delivery:
        return Delivery(
            message=message,
            receipt=message.receipt,
            lock=self._locks.new(message.id),
            received_at=now,
            invisible_until=now + self._options.visibility_timeout,
            home=self._settler,
        )

    async def _pause(self, seconds: float) -> None:
        if seconds and not self._drain.requested:
            with self._drain.interrupts():
                await asyncio.sleep(seconds)
