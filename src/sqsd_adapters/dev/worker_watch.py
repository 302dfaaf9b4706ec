"""Waits for a worker that is not there yet, so that no message spends receives on it."""

import asyncio
from collections.abc import Awaitable, Callable

from sqsd_core.flow.admission import Admission
from sqsd_core.policy.admission import Reason
from sqsd_core.ports.invoker import Probe

PAUSE = 0.5  # seconds between two probes


class WorkerWatch:
    """Nothing is received for the worker until its probe succeeds once; afterwards the breaker looks after it."""

    def __init__(
        self,
        *,
        probe: Probe,
        admission: Admission,
        address: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._probe = probe
        self._admission = admission
        self._address = address
        self._sleep = sleep
        #: in words, what is waited for; empty once the worker was reached
        self.waiting = ""

    async def run(self) -> None:
        """Return once the worker was reached."""
        self._admission.close(Reason.BREAKER_OPEN, "not reached yet")
        while not await self._probe.probe():
            self.waiting = f"Your worker does not answer at {self._address} yet."
            await self._sleep(PAUSE)
        self.waiting = ""
        self._admission.open(Reason.BREAKER_OPEN)
