"""What `sqsd check` says about a queue's attributes."""

import json
import shlex

import pytest

from sqsd_adapters.cli.checking.finding import Finding
from sqsd_adapters.cli.checking.queue_attributes import findings
from sqsd_adapters.cli.settings.settings import Settings

URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
DEAD = "arn:aws:sqs:eu-west-1:123456789012:dead"
GOOD = {
    "RedrivePolicy": json.dumps({"deadLetterTargetArn": DEAD, "maxReceiveCount": 5}),
    "MessageRetentionPeriod": "345600",
    "SqsManagedSseEnabled": "true",
    "ApproximateNumberOfMessagesNotVisible": "12",
}
DEAD_LETTERS = {"QueueArn": DEAD, "MessageRetentionPeriod": "1209600"}


def found(
    attributes: dict[str, str] | None = None,
    dead: dict[str, str] | None = None,
    *,
    memory: int | None = None,
    **settings: object,
) -> dict[str, Finding]:
    given = Settings(QUEUE_URL=URL, INVOKER_URL="http://worker/", **settings)
    all_findings = findings(GOOD | (attributes or {}), given, dead_letters=DEAD_LETTERS | (dead or {}), memory=memory)
    return {finding.name: finding for finding in all_findings}


def policy(receives: int) -> dict[str, str]:
    return {"RedrivePolicy": json.dumps({"deadLetterTargetArn": DEAD, "maxReceiveCount": receives})}


def test_a_good_queue_has_no_findings() -> None:
    assert all(finding.is_ok for finding in found().values())


@pytest.mark.parametrize(
    ("attributes", "name", "why"),
    [
        ({"RedrivePolicy": ""}, "redrive policy", "none: a message that never succeeds comes back"),
        ({"RedrivePolicy": "nonsense"}, "redrive policy", "none"),
        (policy(1), "redrive policy", "a single failure is final"),
        (policy(2), "redrive policy", "an outage of the worker may cost two receives"),
        (policy(8) | {"MessageRetentionPeriod": "60"}, "retention", "expire before they reach the dead-letter queue"),
        ({"SqsManagedSseEnabled": "false"}, "encryption", "stored as plain text"),
        ({"ApproximateNumberOfMessagesNotVisible": "119000"}, "in-flight quota", "119,000 of 120,000"),
    ],
)
def test_an_attribute_that_hurts_is_named(attributes: dict[str, str], name: str, why: str) -> None:
    finding = found(attributes)[name]
    assert not finding.is_ok
    assert why in finding.why
    assert finding.fix


def test_slots_and_batches_beyond_what_sqs_delivers_are_named() -> None:
    finding = found(INVOKER_PARALLEL_COUNT=64, INVOKER_BATCH_SIZE=10_000)["in-flight quota"]

    assert finding.why.startswith("640,000 messages fit into slots and batches")
    assert "INVOKER_BATCH_SIZE" in str(finding.fix)


@pytest.mark.parametrize(
    ("dead", "why"),
    [
        ({"MessageRetentionPeriod": "345600"}, "may expire soon"),
        ({"FifoQueue": "true"}, "is FIFO, the queue is standard"),
    ],
)
def test_a_dead_letter_queue_that_hurts_is_named(dead: dict[str, str], why: str) -> None:
    assert why in found(dead=dead)["dead-letter queue"].why


def test_the_dead_letter_queue_is_the_one_whose_retention_is_to_be_set() -> None:
    fix = found(dead={"MessageRetentionPeriod": "345600"})["dead-letter queue"].fix
    assert "--queue-url https://sqs.eu-west-1.amazonaws.com/123456789012/dead --attributes" in fix


def test_large_messages_in_many_slots_are_compared_with_the_memory() -> None:
    large = {"MaximumMessageSize": str(1_048_576)}
    finding = found(large, memory=512 * 1_048_576, INVOKER_PARALLEL_COUNT=300)["message size"]
    assert not finding.is_ok
    assert finding.why.startswith("up to 1,024 KiB; 310 messages at a time take up to 310 MiB, and the daemon may use")
    assert found(large, memory=4_096 * 1_048_576, INVOKER_PARALLEL_COUNT=300)["message size"].is_ok
    assert found(large, INVOKER_PARALLEL_COUNT=300)["message size"].is_ok


def test_a_short_visibility_timeout_is_named() -> None:
    assert "jobs run twice" in found(VISIBILITY_TIMEOUT=5)["visibility"].why


def test_the_command_of_a_finding_can_be_copied() -> None:
    command = shlex.split(found(policy(1))["redrive policy"].fix.partition("\n")[2])
    assert command[:5] == ["aws", "sqs", "set-queue-attributes", "--queue-url", URL]
    redrive = json.loads(json.loads(command[-1])["RedrivePolicy"])
    assert redrive == {"deadLetterTargetArn": DEAD, "maxReceiveCount": 5}


def test_the_dead_letter_queue_is_not_judged_where_it_may_not_be_looked_at() -> None:
    given = Settings(QUEUE_URL=URL, INVOKER_URL="http://worker/")
    assert "dead-letter queue" not in {finding.name for finding in findings(GOOD, given, dead_letters=None)}
