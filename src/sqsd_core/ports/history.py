"""The history: what is remembered of the last messages."""

from typing import Protocol

from sqsd_core.policy.history import Found, Query


class History(Protocol):
    """Remembers the lives of messages, a bounded number of them.

    It is asked concurrently, from the event loop, and gives way to the jobs while it searches. It never fails: what is
    not remembered is not found.
    """

    async def find(self, query: Query) -> Found:
        """Find the messages that match, the newest first."""
        ...
