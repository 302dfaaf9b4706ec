"""Translates the AWS SDK's errors into the port's, each with a sentence that says what to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    CredentialRetrievalError,
    HTTPClientError,
    InvalidConfigError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.exceptions import ConnectionError as UnconnectedError
from botocore.parsers import ResponseParserError

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.printable import printable
from sqsd_core.errors import QueueNotFound, QueueRefused, QueueUnavailable, SqsdError

MAX_CODE = 80  # characters; SQS's longest is about 40
_OPTION = re.compile(r" ssl:\S+ ")  # what aiohttp says of an option of ours, before the reason


class CredentialsRefused(QueueRefused):
    """SQS refuses the credentials; others may be accepted."""


class AnswerTooLong(ResponseParserError):
    """The answer is longer than any of SQS's."""


_NOT_FOUND = {
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
    "NonExistentQueue",
    "InvalidAddress",
}
#: what passes by itself, whatever its status; OverLimit is a queue with 120,000 messages in flight
_PASSING = {
    "InternalError",
    "InternalFailure",
    "KMS.ThrottlingException",
    "KmsThrottled",
    "OverLimit",
    "AWS.SimpleQueueService.QueueDeletedRecently",
    "PriorRequestNotComplete",
    "QueueDeletedRecently",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
_PASSING_STATUSES = {408, 425, 429}

TOO_LONG = "the answer is longer than any of SQS's and was not read; does the endpoint speak SQS?"
_KEYS = "AWS does not accept these credentials; check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the role"
_EXPIRED = "the credentials have expired; provide fresh ones, or a role that renews them"
_CLOCK = "the clock of this machine is wrong; set it (NTP), because AWS rejects signatures that are minutes off"
_DENIED = (
    "the credentials lack a permission; allow sqs:ReceiveMessage, sqs:DeleteMessage,"
    " sqs:ChangeMessageVisibility and sqs:GetQueueAttributes on it"
)
_DENIED_OPERATION = "the credentials lack a permission; allow sqs:{} on it"
_DENIED_CREATION = "the credentials lack a permission; allow sqs:CreateQueue and sqs:TagQueue on it"
_KMS_SEND = "the queue's KMS key cannot be used; enable it and allow kms:GenerateDataKey and kms:Decrypt"
_KMS = "the queue's KMS key cannot be used; enable it and allow kms:Decrypt"
_SUBSCRIPTION = "the account is not signed up for SQS in this region"
_UNREAD = "the source of the credentials cannot be read ({}); check that nothing else answers in its place"
_NONE = "no credentials found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run under a role"

#: what is needed beyond receiving, by operation
_RIGHTS = {
    "CreateQueue": _DENIED_CREATION,
    **{name: _DENIED_OPERATION.format(name) for name in ("GetQueueUrl", "SendMessage", "SetQueueAttributes")},
}

#: what a renewed file, or a role that is asked again, may correct
_OTHER_CREDENTIALS_HELP = {_KEYS, _EXPIRED, _NONE}

_ADVICE = {
    "AccessDenied": _DENIED,
    "AccessDeniedException": _DENIED,
    "AuthFailure": _KEYS,
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "IncompleteSignature": _KEYS,
    "InvalidAccessKeyId": _KEYS,
    "InvalidClientTokenId": _KEYS,
    "InvalidSecurity": _KEYS,
    "InvalidSignatureException": _KEYS,
    "MissingAuthenticationToken": _NONE,
    "MissingAuthenticationTokenException": _NONE,
    "OptInRequired": _SUBSCRIPTION,
    "RequestExpired": _CLOCK,
    "RequestTimeTooSkewed": _CLOCK,
    "SignatureDoesNotMatch": _KEYS,
    "SubscriptionRequiredException": _SUBSCRIPTION,
    "UnrecognizedClientException": _KEYS,
}

#: what the SDK's calls let out; the last four come from its parsers, on an answer of another shape
RAISED = (
    BotoCoreError,
    ClientError,
    OSError,
    ResponseParserError,
    RuntimeError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


@contextmanager
def translated(queue: str) -> Iterator[None]:
    """Raise the port's errors instead of the SDK's, about the queue of this name; wraps only the SDK's calls.

    The SDK's own error is not chained: its text can hold a receipt handle or a session token.
    """
    try:
        yield
    except RAISED as error:
        raise _translation(error, queue) from None


@contextmanager
def translated_opening(queue: str) -> Iterator[None]:
    """The same before SQS is asked for anything: an answer that cannot be read is one of a source of credentials."""
    try:
        yield
    except RAISED as error:
        found = _translation(error, queue)
        if isinstance(found, QueueUnavailable):
            found = CredentialsRefused(_UNREAD.format(type(error).__name__))
        raise found from None


def _translation(error: Exception, queue: str) -> SqsdError:
    match error:
        case ClientError():
            return _answered(error, queue)
        case UnconnectedError() | HTTPClientError():
            return QueueUnavailable(f"SQS does not answer ({_way(error)})")
        case OSError():
            return QueueUnavailable(f"SQS does not answer ({printable(error.strerror or type(error).__name__)})")
        case BotoCoreError():
            return _unsent(error)
        case _:
            return _unread(error)


def _unread(error: Exception) -> SqsdError:
    kind = type(error).__name__
    match error:
        case RuntimeError() if "credentials are still expired" in str(error):
            return CredentialsRefused(_EXPIRED)  # the SDK renewed them, and what it got has expired as well
        case RuntimeError() if not isinstance(error, RecursionError):
            return QueueUnavailable(f"the call to SQS failed ({kind})")
        case AnswerTooLong():
            return QueueUnavailable(TOO_LONG)
        case _:
            return QueueUnavailable(f"the answer cannot be read ({kind}); does the endpoint speak SQS?")


def _answered(error: ClientError, queue: str) -> SqsdError:
    details = error.response.get("Error", {})
    code = printable(str(details.get("Code", "")), MAX_CODE)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _NOT_FOUND:
        return QueueNotFound(f"the queue {queue} does not exist ({code}); check QUEUE_URL, its region and account")
    if code in _PASSING or status in _PASSING_STATUSES or not 400 <= status < 500:  # noqa: PLR2004 - HTTP's classes
        return QueueUnavailable(f"SQS fails ({code}, status {status})")
    advice = _advice(code, str(details.get("Message", "")), error.operation_name)
    kind = CredentialsRefused if advice in _OTHER_CREDENTIALS_HELP else QueueRefused
    return kind(f"SQS refuses {error.operation_name} on the queue {queue} ({code}): {advice}")


def _way(error: UnconnectedError | HTTPClientError) -> str:
    """How far we got; the text of an answer that broke off may hold a body, so only its kind is told."""
    name = type(error).__name__
    if isinstance(error, UnconnectedError):
        return printable(f"{name}: {_OPTION.sub(': ', str(error.kwargs.get('error', error)))}")
    cause: object = error.kwargs.get("error")
    return f"{name}: {type(cause).__name__}" if isinstance(cause, Exception) else name


def _advice(code: str, text: str, operation: str) -> str:
    if code.isdigit():  # the SDK's stand-in, where the answer has no code
        return "the endpoint is not SQS; check SQS_ENDPOINT_URL and any proxy"
    if code.startswith(("Kms", "KMS.")):
        return _KMS_SEND if operation == "SendMessage" else _KMS
    if code in {"SignatureDoesNotMatch", "InvalidSignatureException"} and text.startswith("Signature "):
        return _CLOCK  # "Signature expired: …", "Signature not yet current: …"
    if _ADVICE.get(code) is _DENIED and operation in _RIGHTS:
        return _RIGHTS[operation]
    return _ADVICE.get(code, "see SQS's list of common errors for what it means")


def _unsent(error: BotoCoreError) -> SqsdError:
    match error:
        case NoCredentialsError():
            return CredentialsRefused(_NONE)
        case PartialCredentialsError():
            return CredentialsRefused(f"the credentials are incomplete: {error.kwargs.get('cred_var')} is missing")
        case CredentialRetrievalError():
            return CredentialsRefused(
                f"{error.kwargs.get('provider')} returns no credentials; check that it can be reached"
            )
        case NoRegionError():
            return ConfigurationError("QUEUE_URL contains no region; set AWS_REGION")
        case InvalidRegionError() | ProfileNotFound() | ConfigParseError() | InvalidConfigError():
            return _misconfigured(error)
        case _:
            return QueueRefused(f"the AWS SDK cannot ask SQS: {type(error).__name__}")


def _misconfigured(error: BotoCoreError) -> ConfigurationError:
    if isinstance(error, InvalidRegionError):
        return ConfigurationError(f"AWS_REGION={printable(str(error.kwargs.get('region_name')))}: not a region of AWS")
    return ConfigurationError(f"{printable(str(error))}; check AWS_PROFILE and the SDK's configuration file")
