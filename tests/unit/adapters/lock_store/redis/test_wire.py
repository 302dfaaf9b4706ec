"""What Redis is sent."""

import pytest

from sqsd_adapters.lock_store.redis.wire import arguments, key_prefix, read_letters
from sqsd_adapters.lock_store.steps import Step, Verb, steps_of
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Lock


def test_a_keys_prefix_holds_a_hash_of_the_queue_and_not_its_address() -> None:
    prefix = key_prefix("mine", "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs")

    assert prefix.startswith("mine:")
    assert len(prefix) == len("mine:") + 16 + len(":")
    assert "123456789012" not in prefix


def test_two_queues_have_two_prefixes() -> None:
    assert key_prefix("sqsd", "https://queue/a") != key_prefix("sqsd", "https://queue/b")


def test_a_token_is_never_taken_for_the_mark_of_done() -> None:
    (step,) = steps_of("p:", Verb.ACQUIRE, [Lock(MessageId("id"), "done")], 1.0)

    assert step.holder != "done"


@pytest.mark.parametrize(("seconds", "milliseconds"), [(60.0, 60_000), (0.0004, 1), (0.0, 1), (1.2345, 1_234)])
def test_durations_are_whole_milliseconds_of_which_redis_wants_one_at_least(seconds: float, milliseconds: int) -> None:
    (step,) = steps_of("p:", Verb.RENEW, [Lock(MessageId("id"), "token")], seconds)

    assert step.milliseconds == milliseconds


def test_the_keys_come_first_and_three_arguments_a_key_follow() -> None:
    steps = [Step("p:a", Verb.ACQUIRE, "held:x", 5), Step("p:b", Verb.RELEASE, "held:y", 1)]

    assert arguments(steps) == [2, "p:a", "p:b", "acquire", "held:x", 5, "release", "held:y", 1]


STEPS = [Step("p:a", Verb.ACQUIRE, "held:x", 5), Step("p:b", Verb.RENEW, "held:y", 1), Step("p:c", Verb.RELEASE, "", 1)]


@pytest.mark.parametrize("answer", [b"A..", b"HL.", b"D.."])
def test_one_letter_per_step_is_understood(answer: bytes) -> None:
    assert read_letters(answer, STEPS) == answer.decode()


@pytest.mark.parametrize(
    "answer",
    [b"", b"A.", b"A...", b"X..", b"L..", b"AA.", b"A.A", b"a..", b"A.\xff", None, 3, "A..", ["A", ".", "."]],
)
def test_any_other_answer_is_an_unavailable_store(answer: object) -> None:
    with pytest.raises(LockStoreUnavailable, match="answer not understood"):
        read_letters(answer, STEPS)
