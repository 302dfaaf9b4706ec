"""The history of several processes: asks each of them, and puts their answers together."""

import asyncio
from dataclasses import replace

from sqsd_adapters.cli.processes.supervisor import Supervisor
from sqsd_core.policy.history import Found, Query, causes_of, lives_of

DEEPEST = 1_000  # messages that all pages have together; more would hold up the jobs of the processes
PATIENCE = 2.0  # seconds for a process to answer; what a frozen one remembers is not found


class Histories:
    """Implements the port History."""

    def __init__(self, *, supervisor: Supervisor, instance: str) -> None:
        self._supervisor = supervisor
        self._instance = instance

    async def find(self, query: Query) -> Found:
        """Find the messages that match in any process; a page is cut from all pages up to it, of all processes."""
        end = min(query.page + query.limit, DEEPEST)
        founds = await self._ask(replace(query, page=0, limit=end))
        lives = lives_of(founds)
        more = len(lives) > end or any(found.next_page for found in founds)
        return Found(
            lives=lives[query.page : end],
            causes=causes_of(founds),
            next_page=end if more and end < DEEPEST else 0,
            instance=self._instance,
            since=max((found.since for found in founds), default=0.0),
            remembered=sum(found.remembered for found in founds),
            size=sum(found.size for found in founds),
        )

    async def _ask(self, query: Query) -> list[Found]:
        asked = [process.find(query) for process in self._supervisor.running.values() if process.started]
        if not asked:
            return []
        done, late = await asyncio.wait(asked, timeout=PATIENCE)
        for each in late:
            each.cancel()
        return [each.result() for each in done if not each.cancelled()]
