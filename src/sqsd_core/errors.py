"""The errors of the ports and of jobs; the docstring of a class is its default message."""

from sqsd_core.seconds import seconds


class SqsdError(Exception):
    """sqsd failed."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class UnknownQueue(SqsdError):
    """The daemon has no queue of this name."""


class QueueError(SqsdError):
    """The queue failed."""


class QueueUnavailable(QueueError):
    """The queue does not answer, throttles or fails; try again later."""


class QueueRefused(QueueError):
    """The queue refuses the calls: check the credentials, their permissions and the queue's key."""


class QueueNotFound(QueueRefused):
    """The queue does not exist."""


class LockStoreUnavailable(SqsdError):
    """The lock store does not answer; whether the operation took place is unknown."""


class RetainMessage(SqsdError):
    """The job keeps its message until the visibility timeout ends."""


class RetryMessage(SqsdError):
    """The job asks for its message again later."""

    def __init__(self, *, after: float, reason: str | None = None, full: bool = False) -> None:
        """Ask for the message again after ``after`` seconds, with the limits of ``RetryLater``.

        ``full`` says that a service which the job needs has too much to do: INVOKER_ADAPTIVE then uses fewer slots.

        Raises:
            TypeError: ``after`` is not a number.
            ValueError: ``after`` is NaN.
        """
        super().__init__(reason)
        self.after = seconds(after)
        self.full = full
