"""What the fetchers know of the queue's health: whether it answers, and what of its trouble is worth a log line."""

import logging

from sqsd_core.errors import QueueError, QueueRefused
from sqsd_core.flow.admission import Admission
from sqsd_core.policy.admission import Reason
from sqsd_core.ports.clock import Clock

SAY_AGAIN = 60.0  # seconds between two lines about the same outage

logger = logging.getLogger(__name__)


class Outage:
    """One line when it begins, one a minute while it lasts, one when it ends."""

    def __init__(self, *, admission: Admission, clock: Clock) -> None:
        self._admission = admission
        self._clock = clock
        self._ever_answered = False
        self._failures = 0
        self._say_at = 0.0
        self._try_at = 0.0

    @property
    def rest(self) -> float:
        """Seconds until a receive is worth another try."""
        return max(0.0, self._try_at - self._clock.monotonic()) if self._failures else 0.0

    def failed(self, error: QueueError, *, pause: float) -> None:
        """Note a failed receive; raises ``error`` where a refusal at start calls for a person."""
        if isinstance(error, QueueRefused) and not self._ever_answered:
            raise error
        now = self._clock.monotonic()
        self._failures += 1
        self._try_at = now + pause
        self._admission.close(Reason.QUEUE_UNAVAILABLE, str(error))
        if self._failures == 1 or now >= self._say_at:
            self._say_at = now + SAY_AGAIN
            logger.error(
                "queue unavailable",
                extra={"reason": str(error), "failures": self._failures, "retry_in": round(pause, 1)},
            )

    def answered(self) -> None:
        if self._failures:
            logger.warning("queue answers again", extra={"failures": self._failures})
            self._admission.open(Reason.QUEUE_UNAVAILABLE)
        if not self._ever_answered:
            self._admission.open(Reason.STARTING)
        self._failures = 0
        self._ever_answered = True
