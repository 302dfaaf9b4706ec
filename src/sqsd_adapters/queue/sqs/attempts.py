"""FIFO: the receives whose answer was lost, each to be asked again under its ReceiveRequestAttemptId."""

from dataclasses import dataclass

REPEATABLE = 300.0  # SQS: the deduplication interval of an attempt id, 5 minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One receive as it was asked for; SQS answers a repetition only to the same parameters."""

    id: str
    max_messages: int
    visibility: float
    #: when it was first asked, monotonic
    since: float


class LostReceives:
    """A receive whose answer was lost hides messages that nobody has; the same attempt brings them back."""

    def __init__(self) -> None:
        self._lost: list[Attempt] = []

    def __len__(self) -> int:
        return len(self._lost)

    def lose(self, attempt: Attempt) -> None:
        self._lost.append(attempt)

    def take(self, *, max_messages: int, now: float) -> Attempt | None:
        """The oldest attempt that is still repeatable and asks for no more than ``max_messages``."""
        self._lost = [attempt for attempt in self._lost if now - attempt.since < REPEATABLE]
        fitting = (index for index, attempt in enumerate(self._lost) if attempt.max_messages <= max_messages)
        index = next(fitting, None)
        return None if index is None else self._lost.pop(index)
