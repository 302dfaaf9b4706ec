"""What keeps the messages of one queue from being invoked, whatever the worker does: a store of bodies that is away."""

from collections.abc import Callable

from sqsd_core.flow.admission import Admission
from sqsd_core.flow.troubles import Troubles
from sqsd_core.policy.admission import Reason

PAUSE = 1.0  # seconds between two looks


class Obstacle:
    """While there is one, nothing is received: each message would cost a receive and come back."""

    def __init__(self, *, ask: Callable[[], str] | None, admission: Admission, troubles: Troubles) -> None:
        """``ask`` says why no message can be invoked; empty while they can."""
        self._ask = ask
        self._admission = admission
        self._troubles = troubles

    @property
    def rest(self) -> float:
        """Seconds until another look is worth it; 0 while messages can be invoked."""
        if self._ask is None:
            return 0.0
        if why := self._ask():
            if self._admission.close(Reason.BODIES_UNAVAILABLE, why):
                self._troubles.note("message bodies cannot be fetched, receiving stops", reason=why)
            return PAUSE
        if self._admission.open(Reason.BODIES_UNAVAILABLE):
            self._troubles.note("message bodies can be fetched again")
        return 0.0
