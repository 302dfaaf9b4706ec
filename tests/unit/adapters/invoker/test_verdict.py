"""What a job's value or exception means."""

import pytest

from sqsd_adapters.invoker import verdict
from sqsd_core.errors import RetainMessage, RetryMessage
from sqsd_core.outcome import Failed, Outcome, Retained, RetryLater, Succeeded, Unavailable


@pytest.mark.parametrize("value", [None, True, Succeeded()])
def test_none_true_and_succeeded_are_success(value: object) -> None:
    assert verdict.of_value(value) == Succeeded()


@pytest.mark.parametrize("outcome", [Failed("why"), RetryLater(5.0), Retained(), Unavailable("why")])
def test_an_outcome_is_itself(outcome: Outcome) -> None:
    assert verdict.of_value(outcome) is outcome


def test_false_is_a_failure() -> None:
    assert verdict.of_value(value=False) == Failed("returned False")


@pytest.mark.parametrize(
    ("value", "name"), [(0, "int"), (1, "int"), ("ok", "str"), ([], "list"), (Succeeded, "type"), ({}, "dict")]
)
def test_what_is_not_understood_is_a_failure_that_names_its_type(value: object, name: str) -> None:
    outcome = verdict.of_value(value)

    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith(f"returned {name};")


def test_retain_message_keeps_the_message() -> None:
    assert verdict.of_error(RetainMessage()) == Retained()


def test_retry_message_asks_for_a_time_and_says_why() -> None:
    outcome = verdict.of_error(RetryMessage(after=30.0, reason="the bank is closed"))

    assert outcome == RetryLater(30.0, "the bank is closed")


@pytest.mark.parametrize(
    "error",
    [ValueError("secret"), SystemExit(3), KeyboardInterrupt(), GeneratorExit(), BaseExceptionGroup("", [SystemExit()])],
)
def test_every_other_exception_is_a_failure_by_its_name_alone(error: BaseException) -> None:
    assert verdict.of_error(error) == Failed(f"raised {type(error).__name__}")
