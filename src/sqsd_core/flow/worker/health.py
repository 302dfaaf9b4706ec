"""The health check that must succeed before the first receive of the queues that feed the worker."""

import asyncio

from sqsd_core.flow.admission import Admission
from sqsd_core.flow.troubles import Troubles
from sqsd_core.policy.admission import Reason
from sqsd_core.ports.invoker import Probe


class Health:
    """One queue of the worker asks for all of them; the queues of other workers are not concerned."""

    def __init__(
        self, *, probe: Probe | None, admission: Admission, troubles: Troubles, cooldown: float, longest: float
    ) -> None:
        """``probe`` is None where nothing must succeed; ``cooldown`` and ``longest`` are seconds between checks."""
        self._probe = probe
        self._admission = admission
        self._troubles = troubles
        self._cooldown = cooldown
        self._longest = longest
        self._asking = asyncio.Lock()
        self._healthy = False

    async def wait(self) -> None:
        """Return once the worker is healthy, or at once where it has been."""
        if self._probe is None:
            return
        async with self._asking:
            pause = self._cooldown
            while not self._healthy:
                self._healthy = await self._probe.probe()
                if not self._healthy:
                    self._say()
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, self._longest)
            self._admission.open(Reason.WORKER_UNHEALTHY)

    def _say(self) -> None:
        if self._admission.close(Reason.WORKER_UNHEALTHY):
            self._troubles.note("waiting for the worker's health check")
