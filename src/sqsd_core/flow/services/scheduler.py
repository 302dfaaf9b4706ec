"""Enqueues periodic tasks: of all daemons that share a lock store, one enqueues each slot."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from math import inf

from sqsd_core.errors import LockStoreUnavailable, QueueError
from sqsd_core.flow.troubles import Troubles, about
from sqsd_core.policy.locking import Claim, Lock
from sqsd_core.policy.periodic import BODY, attributes_of, deduplication_id, group_id, slot_key
from sqsd_core.policy.schedule import GRACE, Due, PeriodicTask, Timetable
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.lock_store import LockStore
from sqsd_core.ports.sender import Sender
from sqsd_core.utc import iso_utc

NAP = 5.0  # seconds between two looks at the clock at most, since it may jump
RETRY = 2.0  # seconds between two tries of a slot that is not settled
LEASE = 30.0  # seconds after which another daemon takes the slot of one that died
SEND_LIMIT = 15.0  # seconds; well below the lease, so that none sends what another has taken over
TELLING = 2 * RETRY  # seconds that others get to say what they sent, after the lock store was away
LAST_SEND = 2.0  # seconds that a send under way gets when the daemon ends
REMEMBERED = 86_400.0  # seconds beyond catch_up; clocks of daemons may differ
DEDUPLICATION = 300.0  # SQS: seconds within which a FIFO queue drops what has the same deduplication id

logger = logging.getLogger(__name__)


class Scheduler:
    """Looks at the clock, claims each slot that is due in the lock store, and sends its message.

    A claim is a lease: it is *done* after the message was sent. Where the daemon that claimed a slot dies, another one
    takes the slot when the lease ends. Accepted: a daemon that dies between the send and *done*, or whose answer from
    the queue is lost, lets a standard queue get the message twice. While the lock store is away, a standard queue gets
    nothing. A FIFO queue drops duplicates by itself for five minutes, and so gets the slot at once.
    """

    def __init__(
        self,
        *,
        sender: Sender,
        lock_store: LockStore,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        instance: str,
        fifo: bool,
        lasting: bool,
        tasks: Sequence[PeriodicTask],
        lease: float = LEASE,
        label: str = "",
    ) -> None:
        """Keep the parts; no I/O.

        Args:
            sender: of the queue that the tasks go through
            lock_store: decides which daemon enqueues a slot
            clock: its wall time says what is due
            sleep: waits for seconds of that clock
            instance: a name of this daemon that no other has
            fifo: whether the queue is a FIFO queue
            lasting: whether the locks outlive this process; only then are slots made up for that passed before it began
            tasks: the schedule
            lease: seconds after which another daemon takes the slot of one that died
            label: the name of the queue's table, for the log
        """
        self._sender = sender
        self._store = lock_store
        self._clock = clock
        self._sleep = sleep
        self._instance = instance
        self._fifo = fifo
        #: seconds before the start of which it is known afterwards what was enqueued
        self._make_up = inf if lasting else DEDUPLICATION if fifo else 0.0
        self._lease = lease
        self._about = about(queue=label)
        self._troubles = Troubles(clock=clock, about=self._about)
        self._given = tasks
        self._timetable: Timetable | None = None
        #: by task: the slot that is not settled
        self._open: dict[str, Due] = {}
        #: sent, and not yet *done* in the lock store
        self._sent: dict[Lock, Due] = {}
        #: when the lock store answered again after it was away, on the monotonic clock; inf while it is away
        self._back_at = -inf

    def __repr__(self) -> str:
        return f"<Scheduler: {len(self._given)} tasks, {len(self._open)} open>"

    def replace(self, tasks: Sequence[PeriodicTask]) -> None:
        """Go on with other tasks; those that are the same keep their time."""
        self._given = tasks
        if self._timetable is not None:
            self._timetable.replace(tasks, now=self._clock.now())
        by_name = {task.name: task for task in tasks}
        self._open = {name: Due(by_name[name], due.slot) for name, due in self._open.items() if name in by_name}

    async def run(self) -> None:
        """Enqueue what is due until cancelled; a send under way gets a moment to end."""
        now = self._clock.now()
        self._timetable = Timetable(self._given, now=now, make_up=self._make_up)
        following = self._timetable.next_at(now)
        fields = {**self._about, "tasks": [task.name for task in self._given], "next": following and iso_utc(following)}
        logger.info("periodic tasks scheduled", extra=fields)
        while True:
            look = asyncio.create_task(self.look(), name="periodic-tasks")
            try:
                await asyncio.shield(look)
            except asyncio.CancelledError:
                await asyncio.wait([look], timeout=LAST_SEND)
                look.cancel()
                await asyncio.wait([look])
                raise
            self._troubles.flush()
            await self._sleep(self._pause())

    async def look(self) -> None:
        """Settle what is due now."""
        if self._timetable is not None:
            self._open |= {due.task.name: due for due in self._timetable.due(self._clock.now())}
        await self._complete()
        for due in [*self._open.values()]:
            if _is_late(due, self._clock.now()):
                self._give_up(due)
            elif await self._settle(due):
                self._close(due)

    def _pause(self) -> float:
        now = self._clock.now()
        at = self._timetable.next_at(now) if self._timetable is not None else None
        until_next = NAP if at is None else max(0.0, at - now)
        return min(until_next, RETRY if self._open or self._sent else NAP)

    async def _settle(self, due: Due) -> bool:
        """Enqueue the slot, unless another daemon does; returns whether it is settled."""
        lock = Lock(slot_key(due), self._instance)
        try:
            [claim] = await self._store.acquire([lock], lease=self._lease)
        except LockStoreUnavailable as error:
            self._back_at = inf
            return await self._settle_alone(due, lock, reason=str(error))
        self._back_at = min(self._back_at, self._clock.monotonic())
        if claim is Claim.HELD:
            return False
        if claim is Claim.DONE:
            logger.debug("periodic task enqueued by another daemon", extra={**self._about, **_fields(due)})
            return True
        if self._clock.monotonic() < self._back_at + TELLING:
            return False  # whoever sent it just before the store went away makes it *done*, although the lock is ours
        if not await self._send(due, lock):
            return False
        await self._complete()
        return True

    async def _settle_alone(self, due: Due, lock: Lock, *, reason: str) -> bool:
        deduplicated = self._fifo and self._clock.now() - due.slot < DEDUPLICATION
        event = "enqueuing periodic task without a lock" if deduplicated else "periodic task waits for the lock store"
        self._trouble(event, due, reason)
        return deduplicated and await self._send(due, lock)

    async def _send(self, due: Due, lock: Lock) -> bool:
        try:
            async with asyncio.timeout(SEND_LIMIT):
                message_id = await self._sender.send(
                    BODY,
                    attributes=attributes_of(due),
                    group_id=group_id(due.task.name) if self._fifo else None,
                    deduplication_id=deduplication_id(due) if self._fifo else None,
                )
        except TimeoutError:
            self._trouble("periodic task not enqueued", due, f"no answer within {SEND_LIMIT:g} s")
            return False
        except QueueError as error:
            self._trouble("periodic task not enqueued", due, str(error))
            return False
        self._sent[lock] = due
        late = round(max(0.0, self._clock.now() - due.slot), 1)
        fields = {**self._about, **_fields(due), "message_id": message_id, "late": late}
        logger.info("periodic task enqueued", extra=fields)
        return True

    async def _complete(self) -> None:
        """Tell the other daemons what was sent; what cannot be told is told again later."""
        for lock, due in [*self._sent.items()]:
            try:
                await self._store.complete([lock], expire=REMEMBERED + due.task.catch_up)
            except LockStoreUnavailable as error:
                self._trouble("periodic task enqueued, not recorded in the lock store", due, str(error))
                oldest = self._clock.now() - REMEMBERED
                self._sent = {lock: due for lock, due in self._sent.items() if due.slot >= oldest}
                return  # each further try may take as long as this one
            del self._sent[lock]

    def _give_up(self, due: Due) -> None:
        """No longer try; where another daemon held the slot all the while, it has most likely enqueued it."""
        self._trouble("periodic task skipped", due, f"not enqueued within {due.task.catch_up:g} s (catch_up)")
        self._close(due)

    def _close(self, due: Due) -> None:
        still_open = self._open.get(due.task.name)
        if still_open is not None and still_open.slot == due.slot:  # the task may have been read again meanwhile
            del self._open[due.task.name]

    def _trouble(self, event: str, due: Due, reason: str) -> None:
        self._troubles.note(event, level=logging.ERROR, task=due.task.name, slot=iso_utc(due.slot), reason=reason)


def _is_late(due: Due, now: float) -> bool:
    return now - due.slot > max(due.task.catch_up, GRACE)


def _fields(due: Due) -> dict[str, object]:
    return {"task": due.task.name, "slot": iso_utc(due.slot)}
