"""What Redis is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio.connection import Connection

from sqsd_adapters.lock_store.redis.wire import arguments, key_prefix, packed, read_letters
from sqsd_adapters.lock_store.steps import Step, Verb, step_of
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


def locks(*named: tuple[str, str]) -> list[Lock]:
    return [Lock(MessageId(message_id), token) for message_id, token in named]


def test_a_token_is_never_taken_for_the_mark_of_done() -> None:
    steps = [step_of(Verb.ACQUIRE, locks(("id", "done")), 1.0)]

    assert "done" not in arguments(steps, prefix="p:")


@pytest.mark.parametrize(("seconds", "milliseconds"), [(60.0, 60_000), (0.0004, 1), (0.0, 1), (1.2345, 1_234)])
def test_durations_are_whole_milliseconds_of_which_redis_wants_one_at_least(seconds: float, milliseconds: int) -> None:
    assert step_of(Verb.RENEW, [], seconds).milliseconds == milliseconds


STEPS = [
    Step(Verb.ACQUIRE, locks(("a", "x"), ("b", "x")), 5),
    Step(Verb.RENEW, locks(("c", "y")), 2),
    Step(Verb.COMPLETE, locks(("d", ""), ("e", "")), 7),
    Step(Verb.RELEASE, locks(("f", "z")), 1),
]


def test_the_keys_come_first_and_the_steps_follow_with_a_holder_for_each_lease() -> None:
    keys = ["6", "p:a", "p:b", "p:c", "p:d", "p:e", "p:f"]
    leases = ["acquire", "2", "5", "held:x", "held:x", "renew", "1", "2", "held:y"]

    assert arguments(STEPS, prefix="p:") == [*keys, *leases, "complete", "2", "7", "release", "1", "1", "held:z"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_a_command_is_packed_as_redis_py_packs_it(command: list[str]) -> None:
    assert packed(["EVALSHA", *command]) == b"".join(Connection().pack_command("EVALSHA", *command))


@pytest.mark.parametrize("answer", [b"AH....", b"DAL...", b"HD...."])
def test_one_letter_per_lock_is_understood(answer: bytes) -> None:
    assert read_letters(answer, STEPS) == answer.decode()


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"AA...", b"AA.....", b"XA....", b"AL....", b"AAA...", b"AA.A..", b"AA...A", b"aA....", b"AA...\xff",
        None, 3, "AA....", ["A", "A", ".", ".", ".", "."],
    ],
)  # fmt: skip
def test_any_other_answer_is_an_unavailable_store(answer: object) -> None:
    with pytest.raises(LockStoreUnavailable, match="answer not understood"):
        read_letters(answer, STEPS)
