"""Limits answers under way, per peer and in all: a client that never reads keeps each of its answers in memory."""

from collections import Counter

MAX_ANSWERS = 64
MAX_ANSWERS_OF_PEER = 16


class Answers:
    """Counts the answers that are under way, by the address of the peer that reads them."""

    def __init__(self, *, most: int = MAX_ANSWERS, most_of_peer: int = MAX_ANSWERS_OF_PEER) -> None:
        self._most = most
        self._most_of_peer = most_of_peer
        self._counts: Counter[str] = Counter()

    def begin(self, peer: str) -> bool:
        """Begin an answer to ``peer``, in gRPC's spelling; False where too many are under way."""
        address = _address(peer)
        if self._counts[address] >= self._most_of_peer or self._counts.total() >= self._most:
            return False
        self._counts[address] += 1
        return True

    def end(self, peer: str) -> None:
        """The answer was read, or its call has ended without that."""
        self._counts -= Counter((_address(peer),))  # drops what reaches zero


def _address(peer: str) -> str:
    return peer.rpartition(":")[0]  # without the port: ipv4:192.0.2.1:50000
