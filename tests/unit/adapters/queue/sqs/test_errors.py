"""The SDK's errors as the port's, each with what to do about it."""

import asyncio
from typing import Any, cast

import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.sqs.errors import TOO_LONG, AnswerTooLong, CredentialsRefused, translated, translated_opening
from sqsd_core.errors import QueueNotFound, QueueRefused, QueueUnavailable, SqsdError

SECRET = "AQEBzWwaftRI0KuVm4tP+/7q1rGgNqicHq"


def raised(error: Exception) -> SqsdError:
    with pytest.raises(SqsdError) as caught, translated("jobs"):
        raise error
    return caught.value


def answered(code: str, *, status: int = 400, text: str = SECRET, operation: str = "ReceiveMessage") -> SqsdError:
    response = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return raised(exceptions.ClientError(cast("Any", response), operation))


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("RequestThrottled", 400),
        ("RequestThrottled", 403),
        ("ThrottlingException", 400),
        ("KmsThrottled", 400),
        ("KMS.ThrottlingException", 400),
        ("OverLimit", 403),
        ("429", 429),
        ("408", 408),
        ("InternalFailure", 500),
        ("ServiceUnavailable", 503),
        ("502", 502),
        ("Whatever", 500),
        ("301", 301),
    ],
)
def test_what_passes_by_itself_is_unavailable(code: str, status: int) -> None:
    error = answered(code, status=status)
    assert type(error) is QueueUnavailable
    assert code in str(error)


@pytest.mark.parametrize("code", ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"])
def test_a_queue_that_does_not_exist_is_named(code: str) -> None:
    error = answered(code)
    assert type(error) is QueueNotFound
    assert "jobs" in str(error)
    assert "QUEUE_URL" in str(error)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("InvalidClientTokenId", "AWS_ACCESS_KEY_ID"),
        ("UnrecognizedClientException", "AWS_ACCESS_KEY_ID"),
        ("SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"),
        ("ExpiredToken", "fresh"),
        ("AccessDenied", "sqs:ReceiveMessage"),
        ("AccessDeniedException", "sqs:DeleteMessage"),
        ("KmsDisabled", "KMS key"),
        ("KMS.AccessDeniedException", "kms:Decrypt"),
        ("OptInRequired", "signed up"),
        ("RequestExpired", "clock"),
        ("404", "SQS_ENDPOINT_URL"),
        ("UnsupportedOperation", "common errors"),
    ],
)
def test_what_a_person_must_mend_is_refused_with_advice(code: str, advice: str) -> None:
    error = answered(code, status=403)
    assert isinstance(error, QueueRefused)
    assert "ReceiveMessage" in str(error)
    assert code in str(error)
    assert advice in str(error)


@pytest.mark.parametrize(
    ("code", "may_help"),
    [
        ("ExpiredToken", True),
        ("ExpiredTokenException", True),
        ("InvalidClientTokenId", True),
        ("UnrecognizedClientException", True),
        ("InvalidAccessKeyId", True),
        ("SignatureDoesNotMatch", True),
        ("MissingAuthenticationToken", True),
        ("AccessDenied", False),
        ("AccessDeniedException", False),
        ("KMS.AccessDeniedException", False),
        ("RequestExpired", False),
        ("404", False),
    ],
)
def test_other_credentials_may_help_where_these_are_refused(code: str, *, may_help: bool) -> None:
    assert isinstance(answered(code, status=403), CredentialsRefused) is may_help


@pytest.mark.parametrize("operation", ["ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"])
@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException", "KMS.AccessDeniedException", "KmsDisabled"])
def test_a_refused_operation_is_named(code: str, operation: str) -> None:
    error = answered(code, status=403, operation=operation)
    assert type(error) is QueueRefused
    assert operation in str(error)
    assert code in str(error)


@pytest.mark.parametrize(("status", "kind"), [(400, QueueRefused), (500, QueueUnavailable)])
def test_a_code_is_shown_without_what_a_terminal_would_obey(status: int, kind: type[SqsdError]) -> None:
    error = answered("\x1b]0;owned\x07\n[/red]" + "x" * 100_000, status=status)
    assert type(error) is kind
    assert r"\x1b]0;owned\x07\x0a[/red]xxx" in str(error)
    assert str(error).isprintable()
    assert len(str(error)) < 500


def test_what_a_connection_s_error_says_is_shown_without_it_too() -> None:
    error = raised(exceptions.SSLError(endpoint_url="https://x", error=OSError("no \x1b[2J such\nname")))
    assert str(error).isprintable()


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "InvalidSignatureException"])
def test_a_signature_out_of_time_is_the_clocks_fault(code: str) -> None:
    error = answered(code, text="Signature expired: 20240101T000000Z is now earlier than 20240102T000000Z")
    assert "clock" in str(error)


@pytest.mark.parametrize("code", ["InvalidParameterValue", "SignatureDoesNotMatch", "InternalFailure"])
def test_sqs_own_words_are_not_repeated(code: str) -> None:
    error = answered(code)
    assert SECRET not in str(error)
    assert error.__suppress_context__


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (exceptions.EndpointConnectionError(endpoint_url="http://x", error="Connect call failed"), "Connect call"),
        (exceptions.ConnectTimeoutError(endpoint_url="http://x", error="timeout"), "ConnectTimeoutError"),
        (exceptions.SSLError(endpoint_url="https://x", error=OSError("certificate verify failed")), "certificate"),
        (exceptions.ReadTimeoutError(endpoint_url="http://x", error="timeout"), "ReadTimeoutError"),
        (exceptions.ProxyConnectionError(proxy_url="http://proxy:1"), "proxy"),
        (TimeoutError(), "TimeoutError"),
        (ConnectionResetError(104, "Connection reset by peer"), "reset by peer"),
    ],
)
def test_no_answer_is_unavailable_and_says_how_far_we_got(error: Exception, hint: str) -> None:
    translation = raised(error)
    assert type(translation) is QueueUnavailable
    assert hint in str(translation)


def test_an_answer_that_broke_off_is_not_repeated() -> None:
    error = raised(exceptions.ConnectionClosedError(error=SECRET, request=None, endpoint_url="http://x"))
    assert type(error) is QueueUnavailable
    assert SECRET not in str(error)


@pytest.mark.parametrize(
    "error",
    [
        ResponseParserError(SECRET),
        TypeError(SECRET),
        AttributeError(SECRET),
        KeyError(SECRET),
        ValueError(SECRET),
        RecursionError(SECRET),
    ],
)
def test_an_answer_that_the_sdk_cannot_read_is_unavailable_and_says_why(error: Exception) -> None:
    translation = raised(error)
    assert type(translation) is QueueUnavailable
    assert type(error).__name__ in str(translation)
    assert SECRET not in str(translation)


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (exceptions.NoCredentialsError(), "AWS_ACCESS_KEY_ID"),
        (exceptions.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"), "SECRET_ACCESS_KEY is"),
        (exceptions.CredentialRetrievalError(provider="iam-role", error_msg=SECRET), "iam-role"),
        (RuntimeError("Credentials were refreshed, but the refreshed credentials are still expired."), "expired"),
        (exceptions.EndpointVariantError(tags=["fips"]), "EndpointVariantError"),
    ],
)
def test_what_cannot_be_signed_is_refused(error: Exception, hint: str) -> None:
    translation = raised(error)
    assert isinstance(translation, QueueRefused)
    assert hint in str(translation)
    assert SECRET not in str(translation)


@pytest.mark.parametrize(
    "error",
    [
        exceptions.NoRegionError(),
        exceptions.InvalidRegionError(region_name="a b"),
        exceptions.ProfileNotFound(profile="prod"),
    ],
)
def test_a_wrong_configuration_names_the_variable(error: Exception) -> None:
    translation = raised(error)
    assert type(translation) is ConfigurationError
    assert "AWS_" in str(translation)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RuntimeError(SECRET), "RuntimeError"),
        (NotImplementedError(SECRET), "NotImplementedError"),
        (exceptions.HTTPClientError(error=ValueError(SECRET)), "HTTPClientError: ValueError"),
    ],
)
def test_what_is_not_known_is_unavailable_and_told_by_its_type_alone(error: Exception, kind: str) -> None:
    translation = raised(error)
    assert type(translation) is QueueUnavailable
    assert kind in str(translation)
    assert "expired" not in str(translation)
    assert SECRET not in str(translation)


def test_an_answer_that_is_too_long_is_unavailable() -> None:
    assert str(raised(AnswerTooLong())) == TOO_LONG


def test_a_cancellation_passes() -> None:
    with pytest.raises(asyncio.CancelledError), translated("jobs"):
        raise asyncio.CancelledError


@pytest.mark.parametrize(
    "error", [KeyError("AccessKeyId"), TypeError(SECRET), UnicodeDecodeError("utf-8", b"x", 0, 1, "")]
)
def test_before_the_first_call_an_answer_that_cannot_be_read_is_one_of_a_source_of_credentials(
    error: Exception,
) -> None:
    with (
        pytest.raises(
            QueueRefused, match=f"source of the credentials cannot be read .{type(error).__name__}"
        ) as caught,
        translated_opening("jobs"),
    ):
        raise error
    assert SECRET not in str(caught.value)


def test_before_the_first_call_a_wrong_configuration_names_its_variable_too() -> None:
    with pytest.raises(ConfigurationError, match="AWS_REGION"), translated_opening("jobs"):
        raise exceptions.NoRegionError
