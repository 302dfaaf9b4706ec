"""A reload is applied by all processes or by none: each says whether it can, and the parent decides."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress

from sqsd_adapters.cli.lifetime.rounds import REFUSED
from sqsd_adapters.cli.processes.process import Process, Starter
from sqsd_adapters.cli.processes.supervisor import Supervisor
from sqsd_adapters.cli.settings.kept_files import KeptFiles

#: seconds for the processes to answer; an invoker that joins may take long to open
PATIENCE = 60.0
NO_ANSWER = "the process does not answer"
NOBODY = "no process runs that could try it"

Answer = asyncio.Future[str | None]

logger = logging.getLogger(__name__)


class Ballot:
    """Keeps the files that are accepted, and brings them to every process, also to one that is started meanwhile."""

    def __init__(self, *, supervisor: Supervisor, starter: Starter) -> None:
        self._supervisor = supervisor
        self._starter = starter
        #: a process has been started since it was cleared
        self._begun = asyncio.Event()
        supervisor.on_start.append(self._catch_up)

    @property
    def files(self) -> KeptFiles:
        """What is accepted."""
        return self._starter.files

    async def accept(self, files: KeptFiles) -> bool:
        """Let all apply these files if none refuses them; returns whether they do. The log says who refuses.

        One that is started meanwhile gets what the others accept. If it cannot apply that, it is started again.
        """
        await self._wait_for_one()
        asked = {process: process.prepare(files) for process in self._supervisor.lasting}
        if asked:
            await asyncio.wait(asked.values(), timeout=PATIENCE)
        accepted = not self._supervisor.draining and _all_accept(asked)
        if accepted:
            self._starter.files = files
        for process in asked:
            process.decide(files if accepted else None)
        for process in self._supervisor.lasting:
            self._catch_up(process)
        return accepted

    async def _wait_for_one(self) -> None:
        """The first processes may not have been started, or those that crashed not again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not self._supervisor.lasting:
                    self._begun.clear()
                    await self._begun.wait()

    def _catch_up(self, process: Process) -> None:
        self._begun.set()
        if process.files is not self.files:
            process.prepare(self.files)
            process.decide(self.files)


def _all_accept(asked: Mapping[Process, Answer]) -> bool:
    """Whether none refuses; says which does, and why. One that has ended has no say."""
    reasons = {process: answer.result() if answer.done() else NO_ANSWER for process, answer in asked.items()}
    for process, reason in reasons.items():
        if reason:
            logger.error(REFUSED, extra={"process_number": process.number, "pid": process.pid, "reason": reason})
            return False
    if "" not in reasons.values():
        logger.error(REFUSED, extra={"reason": NOBODY})
        return False
    return True
