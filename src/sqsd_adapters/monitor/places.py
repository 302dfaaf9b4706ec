"""Places of a listener: how many connections it keeps, of one peer and in all, and which one makes room."""

from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Places(Generic[K]):
    """Gives a place to every newcomer; beyond a cap, the oldest connection loses its own.

    A peer beyond its cap loses its own oldest connection, so that one peer cannot take the places of another.
    """

    def __init__(self, *, most: int, most_of_peer: int) -> None:
        self._most = most
        self._most_of_peer = most_of_peer
        #: in the order of arrival
        self._peers: dict[K, str] = {}
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._peers)

    def enter(self, connection: K, peer: str) -> K | None:
        """Take a place; returns the connection that has to leave for it."""
        self._peers[connection] = peer
        self._counts[peer] += 1
        leaving = self._leaving(peer)
        if leaving is not None:
            self.leave(leaving)
        return leaving

    def leave(self, connection: K) -> None:
        """Give a place back; one that has left already is no error."""
        peer = self._peers.pop(connection, None)
        if peer is not None:
            self._counts -= Counter((peer,))  # drops what reaches zero

    def _leaving(self, peer: str) -> K | None:
        if self._counts[peer] > self._most_of_peer:
            return next(connection for connection, other in self._peers.items() if other == peer)
        if len(self._peers) > self._most:
            return next(iter(self._peers))
        return None
