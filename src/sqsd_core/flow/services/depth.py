"""Asks the queues how many messages they hold: at most once a minute, and only while somebody looks."""

import asyncio
import logging
from collections.abc import Callable, Mapping

from sqsd_core.errors import QueueError
from sqsd_core.policy.scoreboard import Depth
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.queue import Queue, QueueDescription

EVERY = 60.0  # seconds between two questions to one queue
STALE = 150.0  # seconds after which an answer says nothing any more
PATIENCE = 10.0  # seconds for an answer

logger = logging.getLogger(__name__)


class Depths:
    """``look`` answers at once with what is known; ``run`` asks for what is not."""

    def __init__(self, *, queues: Callable[[], Mapping[str, Queue]], clock: Clock) -> None:
        self._queues = queues
        self._clock = clock
        self._known: dict[str, Depth] = {}
        #: monotonic instants of the latest questions
        self._asked: dict[str, float] = {}
        self._wanted = asyncio.Event()

    @property
    def known(self) -> Mapping[str, Depth]:
        """The latest answers by the names of the queues' tables, without stale ones."""
        now, queues = self._clock.now(), self._queues()
        return {name: depth for name, depth in self._known.items() if name in queues and now - depth.at <= STALE}

    def look(self) -> Mapping[str, Depth]:
        """What is ``known``; ``run`` asks for the rest."""
        if any(self._is_due(name) for name in self._queues()):
            self._wanted.set()
        return self.known

    async def run(self) -> None:
        """Ask whenever somebody has looked and an answer is old, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            due = {name: queue for name, queue in self._queues().items() if self._is_due(name)}
            async with asyncio.TaskGroup() as group:
                for name, queue in due.items():
                    group.create_task(self._ask(name, queue), name=f"depth-{name}")

    def _is_due(self, name: str) -> bool:
        asked = self._asked.get(name)
        return asked is None or self._clock.monotonic() - asked >= EVERY

    async def _ask(self, name: str, queue: Queue) -> None:
        self._asked[name] = self._clock.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                self._note(name, await queue.describe())
        except (QueueError, TimeoutError) as error:
            fields = {"queue": name or queue.name, "reason": str(error) or "no answer"}
            logger.debug("queue depth unknown", extra=fields)

    def _note(self, name: str, description: QueueDescription) -> None:
        now, before = self._clock.now(), self._known.get(name)
        trend = None
        if before is not None and EVERY / 2 < now - before.at <= STALE:
            trend = (description.visible - before.visible) / (now - before.at)
        self._known[name] = Depth(
            visible=description.visible,
            in_flight=description.in_flight,
            delayed=description.delayed,
            at=now,
            trend=trend,
        )
