"""Several queues: names, attributes and the way of a poison message to the dead-letter queue."""

import json

import pytest

from sqsd_adapters.queue.embedded.engine import Engine
from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError
from sqsd_adapters.queue.embedded.settings import redrive_to
from sqsd_adapters.queue.embedded.stored import Received, Sending
from tests.support.embedded import numbered_engine


def refused(code: ErrorCode) -> "pytest.RaisesExc[SqsError]":
    return pytest.RaisesExc(SqsError, check=lambda error: error.code is code)


def engine_with_dead_letters(receives: int = 2) -> Engine:
    engine = numbered_engine(dead={})
    engine.create_queue("jobs", redrive_to("dead", receives), now=0)
    return engine


def fail(engine: Engine, name: str = "jobs", *, now: float) -> list[Received]:
    """Receive everything and give it back at once."""
    received = engine.receive(name, limit=10, now=now)
    for message in received:
        engine.change_visibility(name, message.receipt, 0, now=now)
    return received


def test_a_message_moves_with_the_receive_that_would_be_too_many() -> None:
    engine = engine_with_dead_letters(receives=2)
    engine.send("jobs", Sending(body="poison"), now=0)
    assert len(fail(engine, now=1)) == len(fail(engine, now=2)) == 1
    assert engine.bodies("dead", now=2) == []
    assert fail(engine, now=3) == []
    assert engine.bodies("jobs", now=3) == []
    assert engine.bodies("dead", now=3) == ["poison"]


def test_a_dead_letter_keeps_its_id_its_send_time_and_its_receive_count() -> None:
    engine = engine_with_dead_letters(receives=1)
    engine.send("jobs", Sending(body="poison"), now=0)
    [first] = fail(engine, now=1)
    fail(engine, now=2)
    [dead] = engine.receive("dead", now=3)
    assert (dead.id, dead.sent_at, dead.first_received_at, dead.receive_count) == (first.id, 0, 1, 2)
    assert dead.source_arn == engine.attributes("jobs", now=3)["QueueArn"]


def test_a_dead_letters_old_receipt_deletes_nothing() -> None:
    engine = engine_with_dead_letters(receives=1)
    engine.send("jobs", Sending(body="poison"), now=0)
    [first] = fail(engine, now=1)
    fail(engine, now=2)
    engine.delete("jobs", first.receipt, now=3)
    assert engine.bodies("dead", now=3) == ["poison"]


def test_good_messages_behind_a_poison_one_come_with_the_same_receive() -> None:
    engine = engine_with_dead_letters(receives=1)
    engine.send("jobs", Sending(body="poison"), now=0)
    fail(engine, now=1)
    engine.send("jobs", Sending(body="good"), now=2)
    assert [message.sending.body for message in engine.receive("jobs", limit=1, now=3)] == ["good"]


def test_each_queue_of_a_chain_counts_its_own_receives() -> None:
    engine = numbered_engine(last={})
    engine.create_queue("middle", redrive_to("last", 2), now=0)
    engine.create_queue("jobs", redrive_to("middle", 2), now=0)
    engine.send("jobs", Sending(body="poison"), now=0)
    for now in (1, 2, 3):
        fail(engine, "jobs", now=now)
    assert [message.receive_count for message in fail(engine, "middle", now=4)] == [3]
    fail(engine, "middle", now=5)
    fail(engine, "middle", now=6)
    assert engine.bodies("last", now=6) == ["poison"]


def test_a_poison_message_of_a_fifo_queue_lets_its_group_go_on() -> None:
    engine = numbered_engine(dead_fifo={})
    engine.create_queue("jobs.fifo", redrive_to("dead.fifo", 1), now=0)
    for body in ("poison", "good"):
        engine.send("jobs.fifo", Sending(body=body, group_id="red", deduplication_id=body), now=0)
    [poison] = engine.receive("jobs.fifo", limit=1, now=1)
    engine.change_visibility("jobs.fifo", poison.receipt, 0, now=2)
    assert [message.sending.body for message in engine.receive("jobs.fifo", limit=1, now=3)] == ["good"]
    assert engine.bodies("dead.fifo", now=3) == ["poison"]


def test_without_its_dead_letter_queue_a_message_just_comes_again() -> None:
    engine = engine_with_dead_letters(receives=1)
    engine.send("jobs", Sending(body="poison"), now=0)
    engine.delete_queue("dead")
    fail(engine, now=1)
    assert [message.receive_count for message in fail(engine, now=2)] == [2]


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ("nonsense", ErrorCode.INVALID_ATTRIBUTE_VALUE),
        (json.dumps({"maxReceiveCount": 3}), ErrorCode.INVALID_ATTRIBUTE_VALUE),
        (redrive_to("dead", 0)["RedrivePolicy"], ErrorCode.INVALID_PARAMETER),
        (redrive_to("dead", 1_001)["RedrivePolicy"], ErrorCode.INVALID_PARAMETER),
        (redrive_to("nobody", 1)["RedrivePolicy"], ErrorCode.INVALID_PARAMETER),
        (redrive_to("dead.fifo", 1)["RedrivePolicy"], ErrorCode.INVALID_PARAMETER),
    ],
)
def test_a_redrive_policy_that_cannot_work_is_refused(policy: str, code: ErrorCode) -> None:
    engine = numbered_engine(jobs={}, dead={}, dead_fifo={})
    with refused(code):
        engine.set_attributes("jobs", {"RedrivePolicy": policy}, now=0)


def test_a_redrive_policy_is_taken_away_by_an_empty_value() -> None:
    engine = engine_with_dead_letters()
    assert engine.max_receive_count("jobs") == 2
    engine.set_attributes("jobs", {"RedrivePolicy": ""}, now=0)
    assert engine.max_receive_count("jobs") is None


@pytest.mark.parametrize("name", ["", "with space", "a" * 81, "jobs.fif", ".fifo", f"{'a' * 76}.fifo"])
def test_a_queues_name_follows_the_rules(name: str) -> None:
    with refused(ErrorCode.INVALID_PARAMETER):
        numbered_engine().create_queue(name, now=0)


def test_a_queue_created_twice_is_the_same_unless_its_attributes_differ() -> None:
    engine = numbered_engine(jobs={"VisibilityTimeout": "7"})
    engine.send("jobs", Sending(body="kept"), now=0)
    engine.create_queue("jobs", {"VisibilityTimeout": "7"}, now=1)
    engine.create_queue("jobs", now=1)
    assert engine.bodies("jobs", now=1) == ["kept"]
    with refused(ErrorCode.QUEUE_NAME_EXISTS):
        engine.create_queue("jobs", {"VisibilityTimeout": "8"}, now=1)


def test_a_deleted_queue_does_not_exist() -> None:
    engine = numbered_engine(jobs={})
    engine.delete_queue("jobs")
    assert "jobs" not in engine
    with refused(ErrorCode.QUEUE_DOES_NOT_EXIST):
        engine.send("jobs", Sending(body="x"), now=0)


def test_queues_are_listed_by_prefix_in_order() -> None:
    engine = numbered_engine(jobs={}, mail={}, jobs_fifo={})
    assert engine.queue_names("jobs") == ["jobs", "jobs.fifo"]


def test_attributes_show_defaults_counts_and_times() -> None:
    engine = numbered_engine(jobs={})
    for delay in (0, 0, 60):
        engine.send("jobs", Sending(body="x", delay=delay), now=1)
    engine.receive("jobs", now=1)
    engine.set_attributes("jobs", {"VisibilityTimeout": "45"}, now=2)
    assert engine.attributes("jobs", now=3) == {
        "ApproximateNumberOfMessages": "1",
        "ApproximateNumberOfMessagesDelayed": "1",
        "ApproximateNumberOfMessagesNotVisible": "1",
        "CreatedTimestamp": "0",
        "DelaySeconds": "0",
        "LastModifiedTimestamp": "2",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "QueueArn": "arn:aws:sqs:us-east-1:000000000000:jobs",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
        "VisibilityTimeout": "45",
    }


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("VisibilityTimeout", "43201", ErrorCode.INVALID_ATTRIBUTE_VALUE),
        ("VisibilityTimeout", "-1", ErrorCode.INVALID_ATTRIBUTE_VALUE),
        ("VisibilityTimeout", "soon", ErrorCode.INVALID_ATTRIBUTE_VALUE),
        ("ReceiveMessageWaitTimeSeconds", "21", ErrorCode.INVALID_ATTRIBUTE_VALUE),
        ("SqsManagedSseEnabled", "perhaps", ErrorCode.INVALID_ATTRIBUTE_VALUE),
        ("FifoQueue", "true", ErrorCode.INVALID_ATTRIBUTE_NAME),
        ("ContentBasedDeduplication", "true", ErrorCode.INVALID_ATTRIBUTE_NAME),
        ("QueueArn", "mine", ErrorCode.INVALID_ATTRIBUTE_NAME),
        ("Colour", "red", ErrorCode.INVALID_ATTRIBUTE_NAME),
    ],
)
def test_attributes_that_no_standard_queue_has_are_refused(name: str, value: str, code: ErrorCode) -> None:
    with refused(code):
        numbered_engine().create_queue("jobs", {name: value}, now=0)


def test_a_fifo_queue_stays_one() -> None:
    engine = numbered_engine(jobs_fifo={"FifoQueue": "true"})
    assert engine.attributes("jobs.fifo", now=0)["FifoQueue"] == "true"
    with refused(ErrorCode.INVALID_ATTRIBUTE_VALUE):
        engine.set_attributes("jobs.fifo", {"FifoQueue": "false"}, now=0)
