"""What must be true of one queue before its first receive, whatever the other queues do meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable

from sqsd_core.errors import QueueNotFound, SqsdError
from sqsd_core.flow.source.lineup import Lineup
from sqsd_core.flow.source.locks import Locks
from sqsd_core.flow.source.outage import Outage
from sqsd_core.flow.source.start_check import StartCheck
from sqsd_core.flow.worker.health import Health
from sqsd_core.policy.backoff import backoff

PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds between two tries of what is demanded


class Beginning:
    """What the plan demands, then the queue's own word, then the lock store's, then the worker's health.

    A refusal ends the start of the daemon. It does not where the queue joins a daemon that runs, and not where the
    queue was silent at first and others are received from: they must not end with it.
    """

    def __init__(
        self,
        *,
        name: str,
        demand: Callable[[], Awaitable[None]] | None,
        health: Health,
        start_check: StartCheck,
        locks: Locks,
        outage: Outage,
        lineup: Lineup,
        random: Callable[[], float],
    ) -> None:
        """``demand`` is the plan's; see ``QueuePlan``. ``name`` is the queue's in the lineup."""
        self._name = name
        self._demand = demand
        self._health = health
        self._start_check = start_check
        self._locks = locks
        self._outage = outage
        self._lineup = lineup
        self._random = random

    async def run(self) -> None:
        """Return when the queue may be received from.

        Raises:
            QueueNotFound: the queue does not exist.
            SqsdError: what is demanded cannot become true.
        """
        self._lineup.begin()
        await self._until_demand_is_met()
        await self._ask_queue()
        await self._locks.check()
        await self._lineup.answered(self._name)
        await self._health.wait()

    async def _until_demand_is_met(self) -> None:
        tries = 0
        while self._demand is not None:
            try:
                await self._demand()
            except SqsdError as error:
                tries += 1
                pause = backoff(tries, base=PAUSE, maximum=LONGEST_PAUSE, random=self._random())
                self._outage.failed(error, pause=pause)
            else:
                return
            self._spare_others()
            await asyncio.sleep(pause)

    async def _ask_queue(self) -> None:
        try:
            if not await self._start_check.ask():
                self._spare_others()
        except QueueNotFound:
            if self._outage.refusals_end_start:
                raise
            # the receives say so

    def _spare_others(self) -> None:
        if self._lineup.several:
            self._outage.refusals_end_start = False
