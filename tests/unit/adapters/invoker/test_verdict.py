"""What a job's value or exception means."""

from typing import Any

import pytest

from sqsd_adapters.invoker import verdict
from sqsd_adapters.invoker.batch import LISTED, UNREADABLE
from sqsd_core.errors import RetainMessage, RetryMessage
from sqsd_core.message import Message, MessageId, ReceiptHandle
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


BATCH = [Message(id=MessageId(name), receipt=ReceiptHandle(name), body="") for name in ("a", "b", "c")]
OK = Succeeded()


@pytest.mark.parametrize(
    ("value", "outcomes"),
    [
        (None, [OK, OK, OK]),
        (True, [OK, OK, OK]),
        (False, [Failed("returned False")] * 3),
        (RetryLater(5.0), [RetryLater(5.0)] * 3),
        ([None, False, RetryLater(5.0)], [OK, Failed("returned False"), RetryLater(5.0)]),
        ((True, Retained(), None), [OK, Retained(), OK]),
        ([], [Failed("returned 0 values for 3 messages")] * 3),
        ([None] * 4, [Failed("returned 4 values for 3 messages")] * 3),
        ({}, [OK, OK, OK]),
        ({"batchItemFailures": [{"itemIdentifier": "b"}]}, [OK, Failed(LISTED), OK]),
        ({"failures": []}, [Failed(f"{UNREADABLE}: it has no batchItemFailures")] * 3),
    ],
)
def test_a_job_answers_for_a_batch_with_one_value_or_with_one_per_message(
    value: object, outcomes: list[Outcome]
) -> None:
    assert verdict.of_batch(value, BATCH) == outcomes


def test_a_value_that_is_not_understood_fails_the_batch() -> None:
    assert [outcome.reason[:12] for outcome in verdict.of_batch("ok", BATCH) if isinstance(outcome, Failed)] == [
        "returned str"
    ] * 3


def test_retain_message_keeps_the_message() -> None:
    assert verdict.of_error(RetainMessage()) == Retained()


def test_retry_message_asks_for_a_time_and_says_why() -> None:
    outcome = verdict.of_error(RetryMessage(after=30.0, reason="the bank is closed"))

    assert outcome == RetryLater(30.0, "the bank is closed")


def test_retry_message_says_that_what_the_job_needs_is_full() -> None:
    assert verdict.of_error(RetryMessage(after=5.0, full=True)) == RetryLater(
        5.0, "The job asks for its message again later.", full=True
    )


@pytest.mark.parametrize(
    "error",
    [ValueError("secret"), SystemExit(3), KeyboardInterrupt(), GeneratorExit(), BaseExceptionGroup("", [SystemExit()])],
)
def test_every_other_exception_is_a_failure_by_its_name_alone(error: BaseException) -> None:
    assert verdict.of_error(error) == Failed(f"raised {type(error).__name__}")


class Hostile(Exception):
    """Raises at every look at it."""

    def __str__(self) -> str:
        raise KeyboardInterrupt

    __repr__ = __str__


class RetryWithoutAfter(RetryMessage):
    def __init__(self) -> None: ...


class RetryThatShowsNothing(Hostile, RetryMessage): ...


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Hostile(), "raised Hostile"),
        (RetryWithoutAfter(), "raised RetryWithoutAfter, which raised AttributeError"),
        (RetryThatShowsNothing(after=1), "raised RetryThatShowsNothing, which raised KeyboardInterrupt"),
    ],
)
def test_an_exception_that_raises_at_a_look_is_a_failure_by_its_name(error: BaseException, reason: str) -> None:
    assert verdict.of_error(error) == Failed(reason)


class Liar:
    @property
    def __class__(self) -> Any:
        raise ValueError

    @__class__.setter
    def __class__(self, value: Any) -> None: ...

    def __eq__(self, other: object) -> bool:
        raise ValueError

    __hash__ = None  # type: ignore[assignment]


def test_a_value_that_raises_at_a_look_is_a_failure_by_its_type() -> None:
    outcome = verdict.of_value(Liar())

    assert outcome == Failed("returned Liar; a job returns None, a bool or an Outcome")


def test_an_outcome_whose_reason_is_no_text_is_a_failure() -> None:
    silly: Any = ["a", "list"]

    assert verdict.of_value(Failed(silly)) == Failed("returned Failed with a reason that is not a str")
