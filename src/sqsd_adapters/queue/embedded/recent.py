"""What SQS remembers for five minutes: deduplication ids and receive attempts."""

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

DEDUPLICATION_INTERVAL = 300.0  # SQS: 5 minutes


class Recent(Generic[K, V]):
    """A dictionary that forgets each entry five minutes after it was made."""

    def __init__(self) -> None:
        self._entries: dict[K, tuple[float, V]] = {}

    def get(self, key: K, *, now: float) -> V | None:
        self._expire(now)
        entry = self._entries.get(key)
        return None if entry is None else entry[1]

    def remember(self, key: K, value: V, *, now: float) -> None:
        self._expire(now)
        self._entries.pop(key, None)
        self._entries[key] = (now, value)

    def forget(self, key: K) -> None:
        self._entries.pop(key, None)

    def _expire(self, now: float) -> None:
        # entries stand in the order in which they were made, so only the first ones can be old
        while self._entries:
            key = next(iter(self._entries))
            if self._entries[key][0] + DEDUPLICATION_INTERVAL > now:
                return
            del self._entries[key]
