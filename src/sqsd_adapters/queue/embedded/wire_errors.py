"""How SQS's errors are named on the wire: their type, their code in the older protocol, and their HTTP status."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError

_SQS = "com.amazonaws.sqs#"
_CORAL = "com.amazon.coral.service#"
_PREFIX = "AWS.SimpleQueueService."
# What SQS sends where it is not simply its own type, the same name for the older protocol, and status 400.
_WIRE: Mapping[ErrorCode, tuple[str, str, int]] = {
    ErrorCode.ACCESS_DENIED: (f"{_CORAL}AccessDeniedException", "AccessDenied", 403),
    ErrorCode.BATCH_IDS_NOT_DISTINCT: (_SQS, _PREFIX, 400),
    ErrorCode.BATCH_TOO_LONG: (_SQS, _PREFIX, 400),
    ErrorCode.EMPTY_BATCH: (_SQS, _PREFIX, 400),
    ErrorCode.EXPIRED_TOKEN: (f"{_CORAL}ExpiredTokenException", "ExpiredToken", 403),
    ErrorCode.INTERNAL_ERROR: (f"{_CORAL}InternalFailure", "InternalFailure", 500),
    ErrorCode.INVALID_ADDRESS: (f"{_CORAL}InvalidAddress", "", 404),
    ErrorCode.INVALID_BATCH_ID: (_SQS, _PREFIX, 400),
    ErrorCode.INVALID_PARAMETER: (f"{_CORAL}InvalidParameterValueException", "InvalidParameterValue", 400),
    ErrorCode.INVALID_TOKEN: (f"{_CORAL}UnrecognizedClientException", "InvalidClientTokenId", 403),
    ErrorCode.KMS_DISABLED: (f"{_SQS}KmsDisabled", "KMS.DisabledException", 400),
    ErrorCode.MALFORMED: (f"{_CORAL}SerializationException", "MalformedInput", 400),
    ErrorCode.MISSING_PARAMETER: (f"{_CORAL}MissingRequiredParameterException", "MissingParameter", 400),
    ErrorCode.NOT_IN_FLIGHT: (_SQS, _PREFIX, 400),
    ErrorCode.OVER_LIMIT: (_SQS, "", 403),
    ErrorCode.PURGE_IN_PROGRESS: (_SQS, _PREFIX, 403),
    ErrorCode.QUEUE_DOES_NOT_EXIST: (f"{_SQS}QueueDoesNotExist", f"{_PREFIX}NonExistentQueue", 400),
    ErrorCode.QUEUE_NAME_EXISTS: (f"{_SQS}QueueNameExists", "QueueAlreadyExists", 400),
    ErrorCode.RECEIPT_INVALID: (_SQS, "", 404),
    ErrorCode.RESOURCE_NOT_FOUND: (_SQS, "", 404),
    ErrorCode.THROTTLED: (_SQS, "", 403),
    ErrorCode.THROTTLING: ("com.amazon.coral.availability#ThrottlingException", "Throttling", 400),
    ErrorCode.TOO_MANY_ENTRIES: (_SQS, _PREFIX, 400),
    ErrorCode.UNAVAILABLE: (f"{_CORAL}ServiceUnavailableException", "ServiceUnavailable", 503),
    ErrorCode.UNKNOWN_OPERATION: (f"{_CORAL}UnknownOperationException", "InvalidAction", 400),
}

_QUERY_TEXTS = {f"{_PREFIX}NonExistentQueue": "The specified queue does not exist for this wsdl version."}


@dataclass(frozen=True, slots=True, kw_only=True)
class WireError:
    """An error as both protocols need it."""

    kind: str
    query_code: str
    status: int
    message: str

    @property
    def query_message(self) -> str:
        """The text in the older protocol."""
        return _QUERY_TEXTS.get(self.query_code, self.message)

    @property
    def fault(self) -> str:
        """Whose fault it is, in SQS's words."""
        return "Sender" if self.status < 500 else "Receiver"  # noqa: PLR2004 - HTTP's own line


def wire_error(error: SqsError) -> WireError:
    kind, query_code, status = _WIRE.get(error.code, (_SQS, "", 400))
    return WireError(
        kind=f"{kind}{error.code}" if kind == _SQS else kind,
        query_code=f"{query_code}{error.code}" if query_code in {"", _PREFIX} else query_code,
        status=status,
        message=str(error),
    )
