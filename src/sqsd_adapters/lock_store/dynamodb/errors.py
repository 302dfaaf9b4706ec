"""Translates the AWS SDK's errors into the port's, each with a sentence that says what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.exceptions import ConnectionError as UnconnectedError

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.printable import printable
from sqsd_core.errors import LockStoreUnavailable, SqsdError

MAX_CODE = 80  # characters; DynamoDB's longest is about 40

_MISSING = "does not exist; create it, or set DYNAMODB_LOCKER_CREATE=true"
_DENIED = "may not be used; allow dynamodb:UpdateItem and dynamodb:DeleteItem on it"
_SHAPE = "cannot hold locks: it needs the partition key lock_id (a string) and no sort key"
_KEYS = "refuses the credentials; check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the role"

#: what does not pass by itself
_ADVICE = {
    "AccessDenied": _DENIED,
    "AccessDeniedException": _DENIED,
    "ExpiredToken": _KEYS,
    "ExpiredTokenException": _KEYS,
    "IncompleteSignature": _KEYS,
    "IncompleteSignatureException": _KEYS,
    "InvalidClientTokenId": _KEYS,
    "InvalidSignatureException": _KEYS,
    "MissingAuthenticationTokenException": _KEYS,
    "ResourceNotFoundException": _MISSING,
    "UnrecognizedClientException": _KEYS,
    "ValidationException": _SHAPE,
}


class CredentialsRefused(ConfigurationError):
    """DynamoDB refuses the credentials; others may be accepted."""


class TableMissing(ConfigurationError):
    """There is no such table; it may be made."""


def missing(error: ConfigurationError) -> bool:
    return isinstance(error, TableMissing)


@contextmanager
def translated(table: str) -> Iterator[None]:
    """Raise the port's errors, or ConfigurationError for what does not pass by itself, instead of the SDK's.

    The SDK's own error is not chained: its text can hold a session token.
    """
    try:
        yield
    except SqsdError:
        raise
    except TimeoutError:
        raise LockStoreUnavailable("DynamoDB: no answer in time") from None
    except (
        BotoCoreError,
        ClientError,
        OSError,
        RuntimeError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        raise _translation(error, table) from None


def code_of(error: ClientError) -> str:
    return printable(str(error.response.get("Error", {}).get("Code", "")), MAX_CODE)


def _translation(error: Exception, table: str) -> SqsdError:
    match error:
        case ClientError():
            return _answered(error, table)
        case NoRegionError():
            return ConfigurationError("the region of the lock table is not known; set AWS_REGION")
        case NoCredentialsError() | PartialCredentialsError():
            return CredentialsRefused(f"there are no credentials for the lock table {table}")
        case ProfileNotFound():
            return ConfigurationError(f"{printable(str(error))}; check AWS_PROFILE")
        case UnconnectedError() | HTTPClientError() | OSError():
            return LockStoreUnavailable(f"DynamoDB does not answer ({type(error).__name__})")
        case _:
            return LockStoreUnavailable(f"the call to DynamoDB failed ({type(error).__name__})")


def _answered(error: ClientError, table: str) -> SqsdError:
    code = code_of(error)
    advice = _ADVICE.get(code)
    if advice is None:
        return LockStoreUnavailable(f"DynamoDB fails ({code})")
    if advice is _KEYS:
        return CredentialsRefused(f"DynamoDB {advice} ({code})")
    kind = TableMissing if advice is _MISSING else ConfigurationError
    return kind(f"the lock table {table} {advice} ({code})")
