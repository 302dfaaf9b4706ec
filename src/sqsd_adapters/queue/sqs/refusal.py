"""One operation that SQS refuses: for want of a right, for its form, or because the server does not know it."""

from sqsd_core.errors import QueueRefused

DENIED = frozenset({"AccessDenied", "AccessDeniedException"})
#: of emulators, which lack some operations
UNKNOWN = frozenset(
    {"InvalidAction", "NotImplemented", "UnknownOperation", "UnknownOperationException", "UnsupportedOperation"}
)


class Refusal(QueueRefused):
    """SQS refuses one operation."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        #: SQS's name for the reason, without the prefix of the old protocol
        self.code = code

    @property
    def is_denied(self) -> bool:
        """Whether the caller lacks the right."""
        return self.code in DENIED

    @property
    def is_unknown(self) -> bool:
        """Whether the server does not know the operation."""
        return self.code in UNKNOWN
