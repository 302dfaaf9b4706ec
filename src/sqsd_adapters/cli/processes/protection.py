"""The protection of the ECS task, which the parent holds for all of its processes."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sqsd_adapters.cli.assembly.protecting import is_protected, make_agent, make_protection
from sqsd_adapters.cli.processes.family import Family
from sqsd_adapters.cli.processes.process import Process
from sqsd_adapters.cli.processes.supervisor import Supervisor
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_core import Clock


@asynccontextmanager
async def protecting(
    settings: Settings,
    *,
    family: Family,
    supervisor: Supervisor,
    clock: Clock,
    environ: Mapping[str, str] = os.environ,
) -> AsyncIterator[None]:
    """Protect the task while a process holds messages, if it is to be protected."""
    if not is_protected(settings, environ):
        yield
        return
    agent = make_agent(environ)
    protection = make_protection(agent, clock=clock)
    protection.watch(family)
    answers = Answers(protection)
    async with agent, protection:
        supervisor.on_start.append(answers.serve)
        try:
            yield
        finally:
            answers.cancel()


class Answers:
    """Answers to processes that wait with messages."""

    def __init__(self, protection: Any) -> None:  # noqa: ANN401 - imported only where it is used
        self._protection = protection
        self._tasks: set[asyncio.Task[None]] = set()

    def serve(self, process: Process) -> None:
        process.on_protect = lambda number, within: self._begin(process, number, within)

    def cancel(self) -> None:
        """Leave those unanswered that wait; a process waits for a limited time."""
        for task in self._tasks:
            task.cancel()

    def _begin(self, process: Process, number: int, within: float) -> None:
        task = asyncio.create_task(self._answer(process, number, within), name=f"protect-{process.number}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, process: Process, number: int, within: float) -> None:
        self._protection.received("", 1)  # the parent is busy from now on, even if it is protected
        await self._protection.ensure(within=within)
        process.protected(number)
