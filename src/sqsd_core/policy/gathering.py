"""What makes a batch, and what becomes of each of its messages.

* A batch starts when it is full, or when its first message has waited for the window.
* It is full with ``size`` messages, or when the next one would take its bodies beyond ``octets``.
* A message runs alone where it must not share the fate of others. One is a periodic task, which has a request of its
  own. The other is a message that was tried before and has its last receive: one message that makes each of its batches
  fail would take those beside it to the dead-letter queue.
* Of a FIFO group all messages behind the first one that did not succeed fail with it, whatever the job said of them:
  they come back behind it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqsd_core.message import Message
from sqsd_core.outcome import Failed, Outcome, Succeeded, Unavailable
from sqsd_core.policy.periodic import is_periodic

T = TypeVar("T")

MAX_OCTETS = 6 * 1_048_576  # bytes: as much as an event of AWS Lambda may have

BEHIND = Failed("an earlier message of its group failed in the batch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """The limits of a batch."""

    #: messages
    size: int
    #: seconds that the first message waits for others
    window: float = 0.0
    #: bytes of the bodies
    octets: int = MAX_OCTETS

    def count(self, messages: Iterable[Message], *, is_last: Callable[[Message], bool]) -> tuple[int, bool]:
        """How many of the messages, from the first on, make a batch, and whether it is full.

        ``is_last``: whether another failure takes the message to the dead-letter queue.
        """
        count = octets = 0
        for message in messages:
            octets += _octets(message.body)
            alone = (message.receive_count > 1 and is_last(message)) or is_periodic(message)
            if count and (alone or octets > self.octets):
                return count, True
            count += 1
            if alone or count == self.size:
                return count, True
        return count, False


@dataclass(slots=True, eq=False)
class Fate(Generic[T]):
    """What becomes of a message of a batch, and of those of its group behind it."""

    item: T
    outcome: Outcome
    #: with their outcomes; empty where the message succeeded
    behind: list[tuple[T, Outcome]] = field(default_factory=list)


def fates(batch: Sequence[T], outcomes: Sequence[Outcome], *, group_of: Callable[[T], str | None]) -> list[Fate[T]]:
    """Tell for each message, in order, what becomes of it; those behind a failure of their group stand with that."""
    result: list[Fate[T]] = []
    failed: dict[str, Fate[T]] = {}
    for item, outcome in zip(batch, outcomes, strict=True):
        group = group_of(item)
        if group is not None and group in failed:
            failed[group].behind.append((item, outcome if isinstance(outcome, Unavailable) else BEHIND))
            continue
        result.append(Fate(item, outcome))
        if group is not None and not isinstance(outcome, Succeeded):
            failed[group] = result[-1]
    return result


def _octets(body: str) -> int:
    return len(body) if body.isascii() else len(body.encode("utf-8", "surrogatepass"))
