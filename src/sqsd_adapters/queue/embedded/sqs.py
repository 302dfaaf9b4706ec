"""The engine with a clock, and receives that wait: what the queue in memory and the server share."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from sqsd_adapters.queue.embedded.clock import LoopClock
from sqsd_adapters.queue.embedded.engine import MAX_IN_FLIGHT, PURGE_INTERVAL, Engine
from sqsd_adapters.queue.embedded.errors import SqsError
from sqsd_adapters.queue.embedded.faults import NO_FAULTS, Encounter
from sqsd_adapters.queue.embedded.journal import Journal, joined
from sqsd_adapters.queue.embedded.moves import MoveTask, MoveTasks
from sqsd_adapters.queue.embedded.place import HOME, Place
from sqsd_adapters.queue.embedded.stored import Received
from sqsd_core.ports.clock import Clock

if TYPE_CHECKING:
    from sqsd_adapters.queue.embedded.file import QueueFile


def _new_id() -> str:
    return str(uuid4())


class EmbeddedSqs:
    """An account's queues in this process, on one event loop at a time.

    A waiting receive is woken by whatever makes a message receivable: a send, a delay or visibility timeout
    that ends, a change of visibility, a FIFO group that opens, a dead letter that arrives. Timers are the
    loop's, and their durations are differences of the clock's monotonic time.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        new_id: Callable[[], str] = _new_id,
        place: Place = HOME,
        relaxed: bool = False,
        max_in_flight: int = MAX_IN_FLIGHT,
        file: "QueueFile | None" = None,
        journal: Journal | None = None,
    ) -> None:
        """Make an account without queues, or with those in ``file``.

        ``relaxed`` leaves out what only hinders development: a queue may be purged again at once. Each queue has
        at most ``max_in_flight`` messages in flight. ``journal`` hears of each change, as the file does.
        """
        self._clock = LoopClock() if clock is None else clock
        self._file = file
        self.engine = Engine(
            new_id=new_id,
            on_change=self._on_change,
            epoch=self._clock.now() - self._clock.monotonic(),
            place=place,
            max_in_flight=max_in_flight,
            purge_interval=0.0 if relaxed else PURGE_INTERVAL,
            first_sequence=1 if file is None else file.next_sequence,
            journal=joined(file, journal),
        )
        self._moves = MoveTasks(engine=self.engine, new_id=new_id)
        self._waiters: dict[str, dict[asyncio.Future[None], None]] = {}
        self._reviews: dict[str, asyncio.Handle] = {}
        self._timers: dict[str, asyncio.Handle] = {}
        if file is not None:
            file.restore(self.engine, now=self.now())

    def now(self) -> float:
        """The engine's time."""
        return self._clock.monotonic()

    def save(self) -> None:
        """Write what has changed, where a file keeps it; called before an answer promises it."""
        if self._file is not None:
            self._file.commit()

    @property
    def moves(self) -> MoveTasks:
        return self._moves

    def start_move(self, source_arn: str, *, destination_arn: str | None, rate: int | None) -> MoveTask:
        """Begin a message move task, which the running loop carries out."""
        task = self._moves.start(source_arn, destination_arn=destination_arn, rate=rate, now=self.now())
        asyncio.get_running_loop().call_later(task.interval, self._step, task)
        return task

    def _step(self, task: MoveTask) -> None:
        if self._moves.step(task, now=self.now()):
            asyncio.get_running_loop().call_later(task.interval, self._step, task)
        with suppress(SqsError):  # nobody waits for this step; the next call meets the file's trouble
            self.save()

    async def receive(
        self,
        name: str,
        *,
        limit: int = 1,
        visibility: float | None = None,
        wait: float | None = None,
        attempt_id: str | None = None,
        met: Encounter = NO_FAULTS,
    ) -> list[Received]:
        """Receive, waiting up to ``wait`` seconds (by default, the queue's) for the first message."""
        if met.hides_for is not None:
            asked = self.engine.settings(name).visibility if visibility is None else visibility
            visibility = min(asked, met.hides_for)
        if met.duplicate and (
            again := self.engine.receive_again(name, limit=limit, visibility=visibility, now=self.now())
        ):
            return again

        waits_for = self.engine.wait_time(name) if wait is None else wait

        def attempt() -> list[Received]:
            return self.engine.receive(
                name,
                limit=limit,
                visibility=visibility,
                attempt_id=attempt_id,
                newest_first=met.newest_first,
                long_poll=waits_for > 0,
                now=self.now(),
            )

        return await self._answered(name, attempt, wait=waits_for)

    async def _answered(self, name: str, attempt: Callable[[], list[Received]], *, wait: float) -> list[Received]:
        """Attempt a receive until it brings something, for ``wait`` seconds at most."""
        answer = attempt()
        if answer or wait <= 0:
            return answer
        try:
            async with asyncio.timeout(wait):
                while not answer:
                    await self._change(name)
                    answer = attempt()
        except TimeoutError:
            answer = attempt()
        return answer

    async def _change(self, name: str) -> None:
        """Wait until a receive is worth another try."""
        waiter = asyncio.get_running_loop().create_future()
        waiters = self._waiters.setdefault(name, {})
        waiters[waiter] = None
        self._on_change(name)
        try:
            await waiter
        finally:
            # the one that was woken may have been cancelled since: the next one gets its chance
            del waiters[waiter]
            self._on_change(name)
            if not waiters:
                self._disarm(name)

    def _on_change(self, name: str) -> None:
        waiters = self._waiters.get(name)
        if waiters and name not in self._reviews:
            # the engine is in the midst of the change, so we look a moment later
            self._reviews[name] = next(iter(waiters)).get_loop().call_soon(self._review, name)

    def _review(self, name: str) -> None:
        """Wake one waiting receive if there is something for it; what it leaves wakes the next one."""
        self._disarm(name)
        waiters = self._waiters.get(name)
        if not waiters:
            return
        now = self.now()
        first = next(iter(waiters))
        if name not in self.engine or self.engine.receivable(name, now=now):
            _wake(first)
        elif (at := self.engine.next_at(name)) is not None:
            self._timers[name] = first.get_loop().call_later(at - now, self._review, name)

    def _disarm(self, name: str) -> None:
        for handles in (self._reviews, self._timers):
            if (handle := handles.pop(name, None)) is not None:
                handle.cancel()


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
