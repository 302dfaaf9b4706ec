"""The job: whatever a message is handed to."""

from typing import Protocol, runtime_checkable

from sqsd_core.message import Message
from sqsd_core.outcome import Outcome


class Invoker(Protocol):
    """Runs the job of one message.

    Called concurrently, at most once a slot. A job that fails is an outcome, not an exception; an exception that
    escapes counts as Failed. The core cancels the call at INVOKER_TIMEOUT and at the end of a drain: pass the
    cancellation on. May be called again for the same message at any time (at least once). The one who opened an
    invoker closes it.
    """

    async def invoke(self, message: Message) -> Outcome:
        """Run the job and say how it went."""
        ...


@runtime_checkable
class Bounded(Protocol):
    """What an invoker offers as well whose jobs can outlive their time limit, as threads do.

    The core asks before each receive, and once a second while there is an answer; nothing is received meanwhile.
    """

    @property
    def stuck(self) -> str:
        """Empty while another job can be run; else why not, in a few words: ``8 threads outlived their time limit``."""
        ...


class Probe(Protocol):
    """Finds out whether a worker that was unavailable can be reached again."""

    async def probe(self) -> bool:
        """Whether an invocation is worth trying; bounded in time, never raises."""
        ...
