"""Whether a message itself is why the worker drops connections: others that did not begin before it were answered.

============  =========================  ==================================================
a message     dropped by the worker      another answered that did not begin before it
============  =========================  ==================================================
unknown       → doubtful                 –
doubtful      stays, began later         → blamed
blamed        stays                      stays
============  =========================  ==================================================

Only the latest ``REMEMBERED`` of each are kept: more is another kind of trouble.
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)

REMEMBERED = 100


class Blame(Generic[T]):
    """The table; the instants are those of one clock."""

    def __init__(self) -> None:
        self._doubtful: dict[T, float] = {}
        self._blamed: dict[T, None] = {}

    @property
    def is_open(self) -> bool:
        """Whether an answer would decide anything."""
        return bool(self._doubtful)

    def dropped(self, message: T, *, began: float) -> None:
        """The worker ended the connection of a message that was handed over at ``began``, or turned it away."""
        if message not in self._blamed:
            self._doubtful.pop(message, None)
            self._doubtful[message] = began
            _forget_oldest(self._doubtful)

    def answered(self, message: T, *, began: float) -> None:
        """The worker answered a message that was handed over at ``began``."""
        self._doubtful.pop(message, None)
        for other in [other for other, at in self._doubtful.items() if at <= began]:
            del self._doubtful[other]
            self._blamed[other] = None
        _forget_oldest(self._blamed)

    def is_blamed(self, message: T) -> bool:
        return message in self._blamed


def _forget_oldest(table: dict[T, float] | dict[T, None]) -> None:
    while len(table) > REMEMBERED:
        del table[next(iter(table))]
