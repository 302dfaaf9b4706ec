"""When to ask for protection, and when to give it back; time is an argument."""

RETRY = 60.0  # seconds after a failure; the rate of these calls is limited per account


class ProtectionState:
    """What is known of the protection. Instants are monotonic seconds.

    Busy and unprotected: ask for it. Busy and half of the time is over: renew it. Idle and protected: give it back.
    After a failure nothing is asked for a while, and messages run unprotected.
    """

    def __init__(self, *, lasts: float) -> None:
        """``lasts`` is how many seconds the protection lasts."""
        self._lasts = lasts
        self._until = 0.0
        self._renew_at = 0.0
        self._try_at = 0.0
        self._releasing = False

    def protected(self, now: float) -> bool:
        return now < self._until and not self._releasing

    def may_run(self, now: float) -> bool:
        """Whether a message has nothing to wait for."""
        return self.protected(now) or now < self._try_at

    def next(self, now: float, *, busy: bool) -> bool | None:
        """What to ask for now: protection, the end of it (False), or nothing."""
        if now < self._try_at:
            return None
        if busy:
            return True if now >= self._until or now >= self._renew_at else None
        return False if now < self._until else None

    def asks(self, *, protect: bool) -> None:
        """A request is on its way; a message that comes now must not rely on a protection that is about to end."""
        self._releasing = not protect

    def granted(self, now: float, *, protect: bool) -> None:
        self._releasing = False
        self._until = now + self._lasts if protect else 0.0
        self._renew_at = now + self._lasts / 2

    def failed(self, now: float) -> None:
        if self._releasing:
            self._until = 0.0  # it may have been given back all the same
        self._releasing = False
        self._try_at = now + RETRY
