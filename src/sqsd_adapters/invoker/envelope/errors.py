"""Why an object cannot be had or deleted; each message is a sentence for the log, without the object's key."""

from sqsd_core.errors import SqsdError


class ObjectGone(SqsdError):
    """The object does not exist in S3."""


class ObjectRefused(SqsdError):
    """S3 refuses the request, and will refuse it again."""


class AccessDenied(ObjectRefused):
    """The credentials lack a permission."""


class ObjectTooLarge(SqsdError):
    """The object is larger than MESSAGE_PAYLOAD_MAX."""


class StoreUnavailable(SqsdError):
    """S3 does not answer, throttles or fails, or does not accept the credentials for now; try again later."""


class CredentialsRefused(StoreUnavailable):
    """S3 does not accept the credentials; others may be accepted."""
