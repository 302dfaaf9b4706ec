"""What the fetchers know of the queue's health: whether it answers, and when a receive is worth another try."""

import logging

from sqsd_core.errors import QueueUnavailable, SqsdError
from sqsd_core.flow.admission import Admission
from sqsd_core.flow.troubles import Troubles
from sqsd_core.policy.admission import Reason
from sqsd_core.ports.clock import Clock


class Outage:
    """One line when it begins, one per minute while it lasts, one when it ends."""

    def __init__(self, *, admission: Admission, troubles: Troubles, clock: Clock, starts: bool = True) -> None:
        """``starts``: the queue starts with the daemon, and does not join it later."""
        self._admission = admission
        self._troubles = troubles
        self._clock = clock
        self._ever_answered = False
        #: whether a refusal before the first answered receive ends the daemon
        self.refusals_end_start = starts
        self._failures = 0
        self._try_at = 0.0

    @property
    def rest(self) -> float:
        """Seconds until the next receive may be tried."""
        return max(0.0, self._try_at - self._clock.monotonic()) if self._failures else 0.0

    def failed(self, error: SqsdError, *, pause: float) -> None:
        """Record a failed receive, or a failed demand before the first; raises a refusal that ends the start."""
        if self.refusals_end_start and not self._ever_answered and not isinstance(error, QueueUnavailable):
            raise error
        self._failures += 1
        self._try_at = self._clock.monotonic() + pause
        self._admission.close(Reason.QUEUE_UNAVAILABLE, str(error))
        self._troubles.note(
            "queue unavailable",
            level=logging.ERROR,
            reason=str(error),
            failures=self._failures,
            retry_in=round(pause, 1),
        )

    def answered(self) -> None:
        """Note a receive that was answered."""
        if self._failures:
            self._troubles.note("queue answers again", failures=self._failures)
            self._admission.open(Reason.QUEUE_UNAVAILABLE)
        if not self._ever_answered:
            self._admission.open(Reason.STARTING)
        self._failures = 0
        self._ever_answered = True
