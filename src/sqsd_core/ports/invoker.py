"""The invoker, which runs the job of a message."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from sqsd_core.message import Message
from sqsd_core.outcome import Outcome


class Invoker(Protocol):
    """Runs the job of one message.

    Called concurrently, at most once per slot. A job that fails is an outcome, not an exception; an exception that
    escapes counts as Failed. The core cancels the call at INVOKER_TIMEOUT and at the end of a drain: do not suppress
    the cancellation. The same message may be invoked again at any time (at least once). The code that opened an
    invoker closes it.
    """

    async def invoke(self, message: Message) -> Outcome:
        """Run the job and return its outcome.

        ``Succeeded`` deletes the message. ``Failed``, ``RetryLater`` and ``Unavailable`` bring it back later,
        ``Interrupted`` at once, and ``Retained`` leaves it hidden. ``RetryMessage`` and ``RetainMessage`` may be raised
        instead.
        """
        ...


@runtime_checkable
class Batched(Protocol):
    """An invoker that can also run the jobs of several messages at once, for INVOKER_BATCH_SIZE above 1.

    The rules of ``Invoker`` apply to the whole call: it takes one slot, and INVOKER_TIMEOUT is its time limit. With
    INVOKER_BATCH_SIZE above 1, a single message comes as a batch too.
    """

    async def invoke_batch(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Run the jobs; returns one outcome per message, in the order of the messages.

        The messages of a FIFO group are in order. If one does not succeed, do not run those of its group behind it:
        they fail, whatever their outcome is.
        """
        ...


@runtime_checkable
class Bounded(Protocol):
    """An invoker whose jobs can run on after their time limit, as threads do.

    The core reads ``stuck`` before each receive. While it is not empty, the core receives nothing and reads it once a
    second.
    """

    @property
    def stuck(self) -> str:
        """Empty while another job can run; else the reason in a few words: ``8 threads outlived their time limit``."""
        ...


class Probe(Protocol):
    """Checks whether an unavailable worker can be reached again."""

    async def probe(self) -> bool:
        """Whether an invocation may succeed. Ends by itself within a few seconds; never raises."""
        ...
