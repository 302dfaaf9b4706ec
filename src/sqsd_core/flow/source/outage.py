"""What the fetchers know of the queue's health: whether it answers, and when a receive is worth another try."""

import logging

from sqsd_core.errors import QueueError, QueueRefused
from sqsd_core.flow.admission import Admission
from sqsd_core.flow.troubles import Troubles
from sqsd_core.policy.admission import Reason
from sqsd_core.ports.clock import Clock


class Outage:
    """One line when it begins, one per minute while it lasts, one when it ends."""

    def __init__(self, *, admission: Admission, troubles: Troubles, clock: Clock, starts: bool = True) -> None:
        """``starts``: a refusal before the first answer ends the daemon; not so where a queue joins it later."""
        self._admission = admission
        self._troubles = troubles
        self._clock = clock
        self._ever_answered = False
        self._starts = starts
        self._failures = 0
        self._try_at = 0.0

    @property
    def rest(self) -> float:
        """Seconds until the next receive may be tried."""
        return max(0.0, self._try_at - self._clock.monotonic()) if self._failures else 0.0

    def failed(self, error: QueueError, *, pause: float) -> None:
        """Record a failed receive; raises ``error`` if the queue refuses access at start."""
        if isinstance(error, QueueRefused) and self._starts and not self._ever_answered:
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
