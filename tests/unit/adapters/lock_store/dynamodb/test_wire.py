"""What DynamoDB is sent for a lock, and what its answers mean."""

import pytest

from sqsd_adapters.lock_store.dynamodb.wire import Write, refused, request, succeeded, writes_of
from sqsd_adapters.lock_store.steps import Step, Verb
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Lock

NOW = 1_800_000_000.25


def values(verb: Verb, milliseconds: int = 5_000) -> dict[str, dict[str, str]]:
    write = Write("q:a", verb, "held:x", milliseconds)
    found: dict[str, dict[str, str]] = request(write, table="locks", now=NOW).parameters["ExpressionAttributeValues"]
    return found


def test_each_lock_of_a_step_is_a_write_of_its_own() -> None:
    step = Step(Verb.RENEW, [Lock(MessageId("a"), "x"), Lock(MessageId("b"), "done")], 5)

    assert writes_of([step], prefix="q:") == [
        Write("q:a", Verb.RENEW, "held:x", 5),
        Write("q:b", Verb.RENEW, "held:done", 5),
    ]


def test_a_lease_is_taken_over_a_second_after_its_end() -> None:
    assert values(Verb.ACQUIRE)[":free"] == {"N": "1799999999250"}


def test_a_renewal_has_no_such_margin() -> None:
    assert values(Verb.RENEW)[":instant"] == {"N": "1800000000250"}


def test_an_item_expires_by_dynamodbs_clock_an_hour_after_its_lock() -> None:
    written = values(Verb.ACQUIRE)

    assert written[":until"] == {"N": "1800000005250"}
    assert written[":expires"] == {"N": str(1_800_000_006 + 3_600)}


@pytest.mark.parametrize(
    ("verb", "holder", "letter"),
    [
        (Verb.ACQUIRE, "held:x", "A"),
        (Verb.RENEW, "held:x", "."),
        (Verb.COMPLETE, "done", "."),
        (Verb.RELEASE, "held:x", "."),
    ],
)
def test_a_write_that_was_carried_out_is_proved_by_its_item(verb: Verb, holder: str, letter: str) -> None:
    item = {"lock_id": {"S": "q:a"}, "held_by": {"S": holder}, "lasts_until": {"N": "1"}}

    assert succeeded(Write("q:a", verb, "held:x", 5), item) == letter


@pytest.mark.parametrize(
    "item",
    [
        None,
        {},
        [],
        "<html>",
        {"lock_id": {"S": "q:a"}},
        {"lock_id": {"S": "q:a"}, "held_by": {"S": "held:y"}},
        {"lock_id": {"S": "q:b"}, "held_by": {"S": "held:x"}},
    ],
)
@pytest.mark.parametrize("verb", Verb)
def test_an_answer_that_proves_nothing_is_an_unavailable_store(verb: Verb, item: object) -> None:
    with pytest.raises(LockStoreUnavailable, match="does a proxy answer in its place"):
        succeeded(Write("q:a", verb, "held:x", 5), item)


@pytest.mark.parametrize(
    ("verb", "item", "letter"),
    [
        (Verb.ACQUIRE, {"held_by": {"S": "held:y"}}, "H"),
        (Verb.ACQUIRE, {"held_by": {"S": "done"}}, "D"),
        (Verb.RENEW, None, "L"),
        (Verb.COMPLETE, {"held_by": {"S": "done"}}, "."),
        (Verb.RELEASE, None, "."),
    ],
)
def test_a_condition_that_is_not_met_has_a_letter(verb: Verb, item: object, letter: str) -> None:
    assert refused(verb, item) == letter


@pytest.mark.parametrize("item", [None, {}, {"held_by": {"N": "1"}}, "done"])
def test_an_item_of_another_program_is_an_unavailable_store(item: object) -> None:
    with pytest.raises(LockStoreUnavailable, match="answer not understood"):
        refused(Verb.ACQUIRE, item)
