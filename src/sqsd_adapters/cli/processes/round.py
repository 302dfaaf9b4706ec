"""A reload as one process of several sees it: the parent gives the files, and decides for all."""

import asyncio
import logging
from collections.abc import Callable

from sqsd_adapters.cli.lifetime.rounds import log_refusal, reason_of
from sqsd_adapters.cli.settings.kept_files import KeptFiles
from sqsd_core.errors import SqsdError

logger = logging.getLogger(__name__)


class ParentsRound:
    """Implements Round."""

    def __init__(self, *, files: KeptFiles, answer: Callable[[str], None], leave: Callable[[], None]) -> None:
        """``answer`` tells the parent what is wrong, if anything; ``leave`` ends this process, to be started again."""
        self.files = files
        self._answer = answer
        self._leave = leave
        self._accepted = False
        self._decision: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def accept(self) -> None:
        self._accepted = True
        self._answer("")

    def refuse(self, event: str, error: Exception) -> None:
        if not isinstance(error, SqsdError):  # the parent cannot say where it was raised
            log_refusal(event, error)
        self._answer(reason_of(error))

    def decide(self, *, accepted: bool) -> None:
        self._decision.set_result(accepted)

    async def decided(self) -> bool:
        """What the parent says; a process that must apply what it refuses leaves instead."""
        accepted = await self._decision
        if accepted and not self._accepted:
            logger.error("reload applied by the other processes, starting again")
            self._leave()
        return accepted and self._accepted
