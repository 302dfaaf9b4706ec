"""Translates the AWS SDK's errors into those of the package, each with a sentence that says what happened."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.exceptions import ConnectionError as UnconnectedError
from botocore.parsers import ResponseParserError

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.invoker.envelope.errors import (
    AccessDenied,
    CredentialsRefused,
    ObjectGone,
    ObjectRefused,
    StoreUnavailable,
)
from sqsd_adapters.printable import printable
from sqsd_core.errors import SqsdError

MAX_CODE = 80  # characters; S3's longest is about 40

_GONE = {
    "404": "the object is gone from S3",
    "NoSuchKey": "the object is gone from S3",
    "NoSuchBucket": "the bucket does not exist in S3",
}
_DENIED = {"403", "AccessDenied", "AllAccessDisabled"}
_CREDENTIALS = {
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidSecurity",
    "InvalidToken",
    "NotSignedUp",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
}
#: what passes by itself, whatever its status
_PASSING = {
    "InternalError",
    "OperationAborted",
    "RequestLimitExceeded",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
}
_PASSING_STATUSES = {408, 425, 429}
#: S3 names the right that is missing to callers of its own account
_ACTION = re.compile(r"not authorized to perform: ((?:s3|kms):[A-Za-z]{1,40})")
#: what the SDK's calls let out; the last four come from its parsers, on an answer of another shape
_RAISED = (
    BotoCoreError,
    ClientError,
    ResponseParserError,
    aiohttp.ClientError,
    OSError,
    RuntimeError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


@contextmanager
def translated(right: str, bucket: str = "") -> Iterator[None]:
    """Raise our errors instead of the SDK's, about a call that needs the ``right``; wraps only the SDK's calls.

    The SDK's own error is not chained: its text can hold a session token, or the beginning of a body.
    """
    try:
        yield
    except _RAISED as error:
        raise _translation(error, right, bucket) from None


def refusal(code: str, right: str, bucket: str) -> SqsdError:
    """What S3 means by the code of an answer with a status of 4xx."""
    code = printable(code, MAX_CODE)
    if code in _GONE:
        return ObjectGone(f"{_GONE[code]} ({code})")
    if code in _CREDENTIALS:
        return CredentialsRefused(f"S3 does not accept the credentials ({code})")
    if code in _DENIED:
        return AccessDenied(f"S3 denies access; allow {right} on the bucket {printable(bucket)} ({code})")
    return ObjectRefused(f"S3 refuses the request ({code})")


def _translation(error: Exception, right: str, bucket: str) -> SqsdError:
    match error:
        case ClientError():
            return _answered(error, right, bucket)
        case ProfileNotFound():
            return ConfigurationError(f"{printable(str(error))}; check AWS_PROFILE")
        case _:
            return _unanswered(error)


def _unanswered(error: Exception) -> SqsdError:
    kind = type(error).__name__
    match error:
        case NoCredentialsError() | PartialCredentialsError():
            return CredentialsRefused("there are no credentials for S3")
        case ParamValidationError():
            return ObjectRefused("the SDK cannot ask S3 for this object")
        case FlexibleChecksumError() | IncompleteReadError():
            return StoreUnavailable(f"the object did not arrive whole from S3 ({kind})")
        case UnconnectedError() | HTTPClientError() | aiohttp.ClientError() | OSError():
            return StoreUnavailable(f"S3 does not answer ({kind})")
        case _:
            return StoreUnavailable(f"the call to S3 failed ({kind})")


def _answered(error: ClientError, right: str, bucket: str) -> SqsdError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _PASSING or status in _PASSING_STATUSES or not 400 <= status < 500:  # noqa: PLR2004 - HTTP's classes
        return StoreUnavailable(f"S3 fails ({printable(code, MAX_CODE)}, status {status})")
    denied = _ACTION.search(str(error.response.get("Error", {}).get("Message", "")))
    return refusal(code, denied[1] if denied else right, bucket)
