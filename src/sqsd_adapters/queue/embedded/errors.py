"""SQS's own errors, as the engine raises them and the server sends them."""

from enum import StrEnum


class ErrorCode(StrEnum):
    """The names by which SQS's service model and its older protocol call an error."""

    BATCH_IDS_NOT_DISTINCT = "BatchEntryIdsNotDistinct"
    BATCH_TOO_LONG = "BatchRequestTooLong"
    EMPTY_BATCH = "EmptyBatchRequest"
    INTERNAL_ERROR = "InternalError"
    INVALID_ADDRESS = "InvalidAddress"
    INVALID_ATTRIBUTE_NAME = "InvalidAttributeName"
    INVALID_ATTRIBUTE_VALUE = "InvalidAttributeValue"
    INVALID_BATCH_ID = "InvalidBatchEntryId"
    INVALID_CONTENTS = "InvalidMessageContents"
    INVALID_REQUEST = "InvalidRequest"
    INVALID_PARAMETER = "InvalidParameterValue"
    MISSING_PARAMETER = "MissingParameter"
    NOT_IN_FLIGHT = "MessageNotInflight"
    OVER_LIMIT = "OverLimit"
    PURGE_IN_PROGRESS = "PurgeQueueInProgress"
    QUEUE_DOES_NOT_EXIST = "QueueDoesNotExist"
    QUEUE_NAME_EXISTS = "QueueNameExists"
    RESOURCE_NOT_FOUND = "ResourceNotFoundException"
    RECEIPT_INVALID = "ReceiptHandleIsInvalid"
    TOO_MANY_ENTRIES = "TooManyEntriesInBatchRequest"
    UNKNOWN_OPERATION = "InvalidAction"
    MALFORMED = "MalformedInput"
    THROTTLED = "RequestThrottled"
    THROTTLING = "ThrottlingException"
    UNAVAILABLE = "ServiceUnavailable"
    ACCESS_DENIED = "AccessDenied"
    INVALID_TOKEN = "InvalidClientTokenId"  # noqa: S105 - an error's name, not a secret
    EXPIRED_TOKEN = "ExpiredToken"  # noqa: S105 - an error's name, not a secret
    KMS_DISABLED = "KmsDisabled"


class SqsError(Exception):
    """SQS does not carry out the call."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code


def invalid_parameter(message: str) -> SqsError:
    return SqsError(ErrorCode.INVALID_PARAMETER, message)


def invalid_value_of(parameter: str, value: object, reason: str) -> SqsError:
    return invalid_parameter(f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def missing_parameter(name: str) -> SqsError:
    return SqsError(ErrorCode.MISSING_PARAMETER, f"The request must contain the parameter {name}.")


def queue_does_not_exist() -> SqsError:
    return SqsError(ErrorCode.QUEUE_DOES_NOT_EXIST, "The specified queue does not exist.")


def invalid_address(url: str) -> SqsError:
    return SqsError(ErrorCode.INVALID_ADDRESS, f"The address {url} is not valid for this endpoint.")


def invalid_receipt(receipt: str, reason: str) -> SqsError:
    return invalid_value_of("ReceiptHandle", receipt, reason)


def invalid_timeout(timeout: float, reason: str) -> SqsError:
    return invalid_value_of("VisibilityTimeout", timeout, reason)


def malformed(what: str) -> SqsError:
    return SqsError(ErrorCode.MALFORMED, f"{what} is not what the service's model says.")


def invalid_action(operation: str) -> SqsError:
    return SqsError(ErrorCode.UNKNOWN_OPERATION, f"The action {operation} is not valid for this endpoint.")
