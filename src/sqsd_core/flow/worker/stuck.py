"""Jobs that outlive their time limit, as threads do: while there are too many, the worker gets no more messages."""

import logging

from sqsd_core.flow.admission import Admission
from sqsd_core.flow.troubles import Troubles
from sqsd_core.policy.admission import Reason
from sqsd_core.ports.invoker import Bounded

PAUSE = 1.0  # seconds between two looks


class StuckJobs:
    """Asks the invoker, where it can tell."""

    def __init__(self, *, invoker: object, admission: Admission, troubles: Troubles) -> None:
        self._bounded = invoker if isinstance(invoker, Bounded) else None
        self._admission = admission
        self._troubles = troubles

    @property
    def rest(self) -> float:
        """Seconds until another look is worth it; 0 while jobs can be run."""
        if self._bounded is None:
            return 0.0
        if why := self._bounded.stuck:
            self._closed(why)
            return PAUSE
        if self._admission.open(Reason.STUCK_JOBS):
            self._troubles.note("jobs that outlived their time limit have ended")
        return 0.0

    def _closed(self, why: str) -> None:
        if self._admission.close(Reason.STUCK_JOBS, why):
            event = "too many jobs outlived their time limit, receiving stops"
            self._troubles.note(event, level=logging.ERROR, reason=why)
