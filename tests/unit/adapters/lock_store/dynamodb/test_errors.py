"""What the AWS SDK raises, and what the daemon is told."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.dynamodb.errors import CredentialsRefused, translated
from sqsd_core.errors import LockStoreUnavailable, SqsdError


def answer(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "token hunter2"}}, "UpdateItem")


def translation(error: Exception) -> SqsdError:
    with pytest.raises(SqsdError) as raised, translated("locks"):
        raise error
    return raised.value


@pytest.mark.parametrize(
    "code",
    [
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "InternalServerError",
        "ServiceUnavailable",
        "TransactionConflictException",
        "503",
        "",
    ],
)
def test_what_passes_by_itself_is_an_unavailable_store(code: str) -> None:
    error = translation(answer(code))

    assert isinstance(error, LockStoreUnavailable)
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("ResourceNotFoundException", "DYNAMODB_LOCKER_CREATE=true"),
        ("AccessDeniedException", "allow dynamodb:UpdateItem and dynamodb:DeleteItem"),
        ("ValidationException", "partition key lock_id"),
    ],
)
def test_what_does_not_pass_by_itself_says_what_to_do(code: str, advice: str) -> None:
    error = translation(answer(code))

    assert isinstance(error, ConfigurationError)
    assert advice in str(error)
    assert "hunter2" not in str(error)


@pytest.mark.parametrize("error", [answer("ExpiredTokenException"), NoCredentialsError()])
def test_refused_credentials_are_told_apart_since_others_may_be_found(error: Exception) -> None:
    assert isinstance(translation(error), CredentialsRefused)


def test_a_region_that_is_not_known_names_its_variable() -> None:
    assert "AWS_REGION" in str(translation(NoRegionError()))


@pytest.mark.parametrize(
    "error", [EndpointConnectionError(endpoint_url="https://dynamodb"), TimeoutError(), OSError(), ValueError()]
)
def test_no_answer_and_an_unreadable_one_are_an_unavailable_store(error: Exception) -> None:
    assert isinstance(translation(error), LockStoreUnavailable)


def test_what_the_sdk_raises_of_an_answer_that_is_no_object_is_an_unavailable_store() -> None:
    """Its parser takes JSON for an object, whatever it is: a proxy answers with a list."""
    assert isinstance(translation(AttributeError("'list' object has no attribute 'get'")), LockStoreUnavailable)
