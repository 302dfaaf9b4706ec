"""The service that protects this ECS task while the daemon is busy."""

import asyncio
import logging
from typing import Self

from sqsd_adapters.observer.ecs import wire
from sqsd_adapters.observer.ecs.state import ProtectionState
from sqsd_adapters.observer.snapshots import Snapshots
from sqsd_adapters.transport.exchange import Exchange, ExchangeError
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.observer import Observer

logger = logging.getLogger(__name__)

TIMEOUT = 5.0  # seconds for one request; the agent asks ECS
IDLE = 10.0  # seconds without a message after which the protection ends
LOOK = 2.5  # seconds between two looks at what the daemon holds
LAST_TIMEOUT = 2.0  # seconds for giving it back at the end


class TaskProtection(Observer):
    """Protects the task before the first receive, renews it while messages are held, and gives it back when idle.

    A refusal or a time-out is logged once, and stops no work.
    """

    def __init__(self, *, exchange: Exchange, clock: Clock) -> None:
        """``exchange`` is one of the method PUT on the agent's endpoint; the one who opened it closes it."""
        self._exchange = exchange
        self._clock = clock
        self._state = ProtectionState(lasts=wire.EXPIRES * 60.0)
        self._busy_at = -IDLE
        self._needed = asyncio.Event()
        self._answered = asyncio.Event()
        self._failing = False

    def watch(self, monitor: Snapshots) -> None:
        """Protect what this daemon holds; to be called before opening."""
        self._monitor = monitor

    async def __aenter__(self) -> Self:
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        self._loop = self._tasks.create_task(self._run(), name="task-protection")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._loop.cancel()
        await self._tasks.__aexit__(None, None, None)
        if self._state.protected(self._clock.monotonic()):
            await self._ask(protect=False, within=LAST_TIMEOUT)

    def received(self, queue: str, messages: int) -> None:
        del queue
        if messages:
            self._need()

    async def ensure(self, *, within: float) -> None:
        """Return once the task is protected, once that is known to fail, or after ``within`` seconds."""
        try:
            async with asyncio.timeout(within):
                while not self._state.may_run(self._clock.monotonic()):
                    self._need()
                    self._answered.clear()
                    await self._answered.wait()
        except TimeoutError:
            pass  # the request goes on, and messages run meanwhile

    def _need(self) -> None:
        self._busy_at = now = self._clock.monotonic()
        if not self._state.may_run(now):
            self._needed.set()

    async def _run(self) -> None:
        while True:
            busy, now = self._is_busy(), self._clock.monotonic()
            wanted = self._state.next(now, busy=busy)
            if wanted is not None:
                await self._ask(protect=wanted, within=TIMEOUT)
            else:
                await self._wait(LOOK if busy or self._state.protected(now) else None)

    def _is_busy(self) -> bool:
        now = self._clock.monotonic()
        snapshot = self._monitor.snapshot()
        working = any(worker.running or worker.buffered or worker.held for worker in snapshot.workers.values())
        if working or any(source.kept for source in snapshot.sources.values()):
            self._busy_at = now
        return now - self._busy_at < IDLE

    async def _wait(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._needed.wait()
        except TimeoutError:
            pass
        self._needed.clear()

    async def _ask(self, *, protect: bool, within: float) -> None:
        self._state.asks(protect=protect)
        refusal = await self._request(protect=protect, within=within)
        now = self._clock.monotonic()
        if refusal is None:
            self._state.granted(now, protect=protect)
        else:
            self._state.failed(now)
        self._note(refusal, protect=protect)
        self._answered.set()

    async def _request(self, *, protect: bool, within: float) -> wire.Refusal | None:
        try:
            async with asyncio.timeout(within):
                answer = await self._exchange.exchange(wire.HEADERS, wire.request(protect=protect))
        except TimeoutError:
            return wire.Refusal(reason=f"the ECS agent did not answer within {within:g} s")
        except ExchangeError as error:
            return wire.Refusal(reason=str(error))
        return wire.refusal_in(answer, protect=protect)

    def _note(self, refusal: wire.Refusal | None, *, protect: bool) -> None:
        if refusal is None:
            level = logging.INFO if self._failing else logging.DEBUG
            logger.log(level, "task protected from scale-in" if protect else "task protection ended")
        elif not self._failing:
            fields = {"reason": refusal.reason, "fix": refusal.fix}
            logger.warning("task protection failed, working without it", extra=fields)
        self._failing = refusal is not None
