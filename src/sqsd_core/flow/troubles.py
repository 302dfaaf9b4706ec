"""One log line per minute for each kind of trouble, with a count, however often it happens."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqsd_core.ports.clock import Clock

SAY_AGAIN = 60.0  # seconds between two lines of one kind

logger = logging.getLogger(__name__)


def about(**names: str) -> Mapping[str, str]:
    """The fields that name the queue or the worker of a line: as their tables do, or none where there is one only."""
    return {kind: name for kind, name in names.items() if name}


@dataclass(slots=True, kw_only=True)
class _Kind:
    say_at: float
    level: int = logging.NOTSET
    withheld: int = 0
    fields: dict[str, object] = field(default_factory=dict)


class Troubles:
    """Says the first of a kind at once; those of the next minute become one line, with the fields of the latest.

    A kind is a log event, which is a constant, so that there are few. One that stays away for a minute is forgotten.
    """

    def __init__(self, *, clock: Clock, about: Mapping[str, str] = MappingProxyType({})) -> None:
        """Take the fields that every line has: the queue or the worker that it is about."""
        self._clock = clock
        self._about = about
        self._kinds: dict[str, _Kind] = {}

    def __len__(self) -> int:
        """Kinds that are remembered."""
        return len(self._kinds)

    def note(self, event: str, *, level: int = logging.WARNING, times: int = 1, **fields: object) -> None:
        """Log ``event``, or count it until the next line may be said; ``times`` is how often it happened just now."""
        now = self._clock.monotonic()
        kind = self._kinds.pop(event, None) or _Kind(say_at=now)
        kind.level, kind.withheld, kind.fields = level, kind.withheld + times, fields
        self._kinds[event] = kind  # the latest is the last, so that a later flush keeps the order
        if now >= kind.say_at:
            self._say(event, kind, now)

    def flush(self) -> None:
        """Say what was withheld for a minute, and forget the kinds that stayed away."""
        now = self._clock.monotonic()
        for event, kind in list(self._kinds.items()):
            if now < kind.say_at:
                continue
            if kind.withheld:
                self._say(event, kind, now)
            else:
                del self._kinds[event]

    def _say(self, event: str, kind: _Kind, now: float) -> None:
        logger.log(kind.level, event, extra={**self._about, **kind.fields, "count": kind.withheld})
        kind.say_at, kind.withheld, kind.fields = now + SAY_AGAIN, 0, {}
