"""SQS's shapes to ours and back."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.queue.sqs import wire
from sqsd_core.limits import MAX_VISIBILITY
from sqsd_core.message import ReceiptHandle
from sqsd_core.ports.queue import FailedEntry, VisibilityChange

URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"


def receipts(count: int) -> list[ReceiptHandle]:
    return [ReceiptHandle(f"r-{index}") for index in range(count)]


@given(max_messages=st.integers(-3, 30), wait=st.floats(-1, 100), visibility=st.floats(-1, 100_000))
def test_a_receive_stays_within_what_sqs_accepts(max_messages: int, wait: float, visibility: float) -> None:
    request = wire.receive_request(URL, max_messages=max_messages, wait=wait, visibility=visibility)
    assert 1 <= request["MaxNumberOfMessages"] <= 10
    assert 0 <= request["WaitTimeSeconds"] <= 20
    assert 0 <= request["VisibilityTimeout"] <= 43_200


def test_a_receive_asks_for_all_attributes() -> None:
    request = wire.receive_request(URL, max_messages=1, wait=0, visibility=1)
    assert request["MessageSystemAttributeNames"] == request["MessageAttributeNames"] == ["All"]


def test_only_a_receive_with_an_attempt_names_it() -> None:
    plain = wire.receive_request(URL, max_messages=1, wait=0, visibility=1)
    named = wire.receive_request(URL, max_messages=1, wait=0, visibility=1, attempt_id="a-1")
    assert "ReceiveRequestAttemptId" not in plain
    assert named == plain | {"ReceiveRequestAttemptId": "a-1"}


@pytest.mark.parametrize(("seconds", "whole"), [(0.0, 0), (-5.0, 0), (0.1, 1), (60.0, 60), (1e9, 43_200)])
def test_seconds_are_rounded_up_and_end_at_twelve_hours(seconds: float, whole: int) -> None:
    assert wire.whole_seconds(seconds, at_most=MAX_VISIBILITY) == whole


def test_a_delete_names_each_entry_by_its_place() -> None:
    assert wire.delete_request(URL, receipts(2)) == {
        "QueueUrl": URL,
        "Entries": [{"Id": "0", "ReceiptHandle": "r-0"}, {"Id": "1", "ReceiptHandle": "r-1"}],
    }


def test_a_change_of_visibility_carries_whole_seconds() -> None:
    request = wire.visibility_request(URL, [VisibilityChange(receipt=ReceiptHandle("r-0"), timeout=1.2)])
    assert request["Entries"] == [{"Id": "0", "ReceiptHandle": "r-0", "VisibilityTimeout": 2}]


@given(st.lists(st.sampled_from(["done", "ours", "theirs", "throttled", "passed over"]), max_size=10))
def test_a_batch_is_told_apart_entry_by_entry(fates: list[str]) -> None:
    answer: dict[str, list[dict[str, Any]]] = {"Successful": [], "Failed": []}
    expected = []
    codes = {"ours": "ReceiptHandleIsInvalid", "theirs": "InternalError", "throttled": "RequestThrottled"}
    for index, fate in enumerate(fates):
        if fate == "done":
            answer["Successful"].append({"Id": str(index)})
            continue
        code = codes.get(fate, "Unanswered")
        if fate != "passed over":
            answer["Failed"].append({"Id": str(index), "Code": code, "SenderFault": fate in {"ours", "throttled"}})
        receipt = ReceiptHandle(f"r-{index}")
        expected.append(FailedEntry(receipt=receipt, code=code, retryable=fate != "ours"))
    assert wire.failed(answer, receipts(len(fates))) == expected


@pytest.mark.parametrize(
    ("entry", "retryable"),
    [
        ({"Code": "AccessDenied"}, False),
        ({"Code": "AccessDeniedException", "SenderFault": False}, False),
        ({"Code": "KMS.AccessDeniedException"}, False),
        ({"Code": "KMS.ThrottlingException", "SenderFault": True}, True),
        ({"Code": "InternalError"}, True),
        ({}, True),
    ],
)
def test_a_refused_entry_is_not_tried_again_whomever_the_answer_blames(
    entry: dict[str, Any],
    retryable: bool,
) -> None:
    [failure] = wire.failed({"Failed": [{"Id": "0", **entry}]}, receipts(1))
    assert failure.retryable is retryable


def test_a_code_is_shown_without_what_a_terminal_would_obey() -> None:
    [failure] = wire.failed({"Failed": [{"Id": "0", "Code": "\x1b[2J\n" + "x" * 10_000}]}, receipts(1))
    assert failure.code.startswith(r"\x1b[2J\x0axxx")
    assert len(failure.code) <= wire.MAX_CODE


def test_entries_that_were_never_sent_change_nothing() -> None:
    answer = {"Successful": [{"Id": "0"}, {"Id": "7"}], "Failed": [{"Id": "nine", "Code": "c"}, {"Id": None}]}
    assert [failure.receipt for failure in wire.failed(answer, receipts(2))] == ["r-1"]


@pytest.mark.parametrize("answer", [{"Failed": 3}, {"Failed": [{}]}, {"Successful": ["0"]}])
def test_an_answer_of_another_shape_is_no_batch(answer: wire.Shape) -> None:
    with pytest.raises(wire.MalformedAnswer):
        wire.failed(answer, receipts(1))


@pytest.mark.parametrize("limit", [5, "5"])
def test_a_description_counts_and_knows_the_redrive_limit(limit: object) -> None:
    description = wire.description(
        {
            "Attributes": {
                "ApproximateNumberOfMessages": "7",
                "ApproximateNumberOfMessagesNotVisible": "2",
                "ApproximateNumberOfMessagesDelayed": "1",
                "RedrivePolicy": json.dumps(
                    {"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:123456789012:dead", "maxReceiveCount": limit}
                ),
            }
        }
    )
    assert (description.visible, description.in_flight, description.delayed) == (7, 2, 1)
    assert (description.max_receive_count, description.dead_letter_queue) == (5, "dead")


def test_a_queue_without_attributes_is_empty_and_never_redrives() -> None:
    description = wire.description({})
    assert (description.visible, description.in_flight, description.delayed) == (0, 0, 0)
    assert (description.max_receive_count, description.dead_letter_queue) == (None, "")


@pytest.mark.parametrize(
    "policy", ["not json", "[]", '{"maxReceiveCount": "many"}', '{"maxReceiveCount": 1e999}', "[" * 100_000]
)
def test_a_redrive_policy_of_another_shape_is_no_description(policy: str) -> None:
    with pytest.raises(wire.MalformedAnswer):
        wire.description({"Attributes": {"RedrivePolicy": policy}})


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("AccessDenied", True),
        ("AccessDeniedException", True),
        ("KmsDisabled", True),
        ("KMS.DisabledException", True),
        ("KmsThrottled", False),
        ("ReceiptHandleIsInvalid", False),
        ("InternalError", False),
    ],
)
def test_an_entry_that_permissions_or_the_key_forbid_is_refused(code: str, refused: bool) -> None:
    [entry] = wire.failed({"Failed": [{"Id": "0", "Code": code, "SenderFault": True}]}, receipts(1))
    assert entry.refused is refused


@pytest.mark.parametrize(
    ("shape", "is_one"),
    [
        ({"Messages": []}, True),
        ({}, True),  # an empty queue
        ({"Messages": None, "extra": 1}, True),
        ({"status": "ok"}, False),
        ({"messages": []}, False),
    ],
)
def test_an_answer_has_a_field_of_its_call_or_none_at_all(shape: wire.Shape, is_one: bool) -> None:
    assert wire.is_answer(shape, frozenset({"Messages"})) is is_one
