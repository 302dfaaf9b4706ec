"""Records each attempt at a message: which delivery, by which daemon, and the answer of the worker."""

from collections.abc import Iterable
from dataclasses import dataclass

SUCCESS = range(200, 300)


@dataclass(slots=True, kw_only=True, eq=False)
class Attempt:
    """One request that reached the worker."""

    message_id: str
    receive_count: int
    body: str
    #: name of the daemon, if the test gave it one
    daemon: str
    #: the answer, recorded before it is sent; None until then, and for ever if the daemon closed the connection
    status: int | None = None
    running: bool = True

    @property
    def succeeded(self) -> bool:
        return self.status is not None and self.status in SUCCESS


class Ledger:
    """All attempts in the order in which they began; a test tells its messages apart by their bodies."""

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self._running = 0

    def __repr__(self) -> str:
        return f"<Ledger: {len(self.attempts)} attempts, {self._running} running, {len(self.succeeded)} succeeded>"

    def begin(self, *, message_id: str, receive_count: int, body: str, daemon: str = "") -> Attempt:
        attempt = Attempt(message_id=message_id, receive_count=receive_count, body=body, daemon=daemon)
        self.attempts.append(attempt)
        self._running += 1
        return attempt

    def end(self, attempt: Attempt) -> None:
        attempt.running = False
        self._running -= 1

    @property
    def running(self) -> int:
        """Attempts under way."""
        return self._running

    @property
    def bodies(self) -> list[str]:
        """What was attempted, once for each attempt."""
        return [attempt.body for attempt in self.attempts]

    @property
    def succeeded(self) -> set[str]:
        """The bodies of the messages that succeeded."""
        return {attempt.body for attempt in self.attempts if attempt.succeeded}

    @property
    def successes(self) -> list[str]:
        """The same, once for each attempt: a job that was done twice stands here twice."""
        return [attempt.body for attempt in self.attempts if attempt.succeeded]

    def of(self, body: str) -> list[Attempt]:
        """The attempts at one message."""
        return [attempt for attempt in self.attempts if attempt.body == body]

    def lost(self, *, sent: Iterable[str], left: Iterable[str]) -> set[str]:
        """The messages that are neither ``left`` in a queue nor done; by the invariant there are none."""
        return set(sent) - set(left) - self.succeeded
