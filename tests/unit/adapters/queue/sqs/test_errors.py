"""The SDK's errors as the port's, each with what to do about it."""

import asyncio
from typing import Any, cast

import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.sqs.errors import translated
from sqsd_core.errors import QueueNotFound, QueueRefused, QueueUnavailable, SqsdError

SECRET = "AQEBzWwaftRI0KuVm4tP+/7q1rGgNqicHq"


def raised(error: Exception) -> SqsdError:
    with pytest.raises(SqsdError) as caught, translated("jobs"):
        raise error
    return caught.value


def answered(code: str, *, status: int = 400, text: str = SECRET) -> SqsdError:
    response = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return raised(exceptions.ClientError(cast("Any", response), "ReceiveMessage"))


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
    assert type(error) is QueueRefused
    assert code in str(error)
    assert advice in str(error)


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
def test_an_answer_that_the_sdk_cannot_read_is_unavailable(error: Exception) -> None:
    translation = raised(error)
    assert type(translation) is QueueUnavailable
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
    assert type(translation) is QueueRefused
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


def test_a_cancellation_passes() -> None:
    with pytest.raises(asyncio.CancelledError), translated("jobs"):
        raise asyncio.CancelledError
