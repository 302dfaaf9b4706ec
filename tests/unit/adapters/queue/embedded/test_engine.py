"""Several queues: names, attributes and the way of a poison message to the dead-letter queue."""

import json

import pytest

from sqsd_adapters.queue.embedded.engine import Engine
from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError
from sqsd_adapters.queue.embedded.place import HOME, Place
from sqsd_adapters.queue.embedded.redrive import redrive_to
from sqsd_adapters.queue.embedded.stored import Received, Sending, State
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


def test_a_dead_letter_of_a_fifo_queue_has_its_id_as_deduplication_id() -> None:
    engine = numbered_engine(dead_fifo={})
    engine.create_queue("jobs.fifo", redrive_to("dead.fifo", 1), now=0)
    sent = [
        engine.send("jobs.fifo", Sending(body="x", group_id="red", deduplication_id="d"), now=now).message_id
        for now in (0, 300)  # the id is free again after five minutes
    ]
    for now in (301, 302):
        fail(engine, "jobs.fifo", now=now)
    dead = engine.receive("dead.fifo", limit=10, now=303)
    assert [(message.id, message.sending.deduplication_id) for message in dead] == [(each, each) for each in sent]


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
    ("policy", "reason"),
    [
        ("nonsense", "Redrive policy is not a valid JSON map."),
        ("[1]", "Redrive policy is not a valid JSON map."),
        (json.dumps({"maxReceiveCount": 3}), "does not contain mandatory attribute: deadLetterTargetArn."),
        (json.dumps({"deadLetterTargetArn": "x"}), "does not contain mandatory attribute: maxReceiveCount."),
        (json.dumps({"deadLetterTargetArn": "x", "maxReceiveCount": 3}), "Invalid value for deadLetterTargetArn."),
        (redrive_to("dead", 0)["RedrivePolicy"], "Invalid value for maxReceiveCount: 0, valid values are from 1 to"),
        (redrive_to("dead", 1_001)["RedrivePolicy"], "Invalid value for maxReceiveCount: 1001"),
        (redrive_to("nobody", 1)["RedrivePolicy"], "Dead letter target does not exist."),
        (redrive_to("dead.fifo", 1)["RedrivePolicy"], "Dead-letter queue must be same type of queue as the source."),
        (
            redrive_to("dead", 1, place=Place(account_id="1" * 12))["RedrivePolicy"],
            "Dead-letter queue must be in same account as the source.",
        ),
        (
            redrive_to("dead", 1, place=Place(region="eu-west-1"))["RedrivePolicy"],
            "Dead-letter queue must be in same region as the source.",
        ),
        (redrive_to("closed", 1)["RedrivePolicy"], "does not allow this source."),
        (redrive_to("picky", 1)["RedrivePolicy"], "does not allow this source."),
    ],
)
def test_a_redrive_policy_that_cannot_work_is_refused_with_the_reason(policy: str, reason: str) -> None:
    picky = {"redrivePermission": "byQueue", "sourceQueueArns": [HOME.arn_of("other")]}
    engine = numbered_engine(
        jobs={},
        dead={},
        dead_fifo={},
        closed={"RedriveAllowPolicy": '{"redrivePermission": "denyAll"}'},
        picky={"RedriveAllowPolicy": json.dumps(picky)},
    )
    with pytest.raises(SqsError, match=f"for parameter RedrivePolicy is invalid. Reason: .*{reason}") as caught:
        engine.set_attributes("jobs", {"RedrivePolicy": policy}, now=0)
    assert caught.value.code is ErrorCode.INVALID_PARAMETER
    assert engine.dead_letter_queue("jobs") is None


def test_a_queue_that_a_dead_letter_queue_names_may_redrive_to_it() -> None:
    policy = {"redrivePermission": "byQueue", "sourceQueueArns": [HOME.arn_of("jobs")]}
    engine = numbered_engine(jobs={}, dead={"RedriveAllowPolicy": json.dumps(policy)})
    engine.set_attributes("jobs", redrive_to("dead", 1), now=0)
    assert engine.dead_letter_sources("dead") == ["jobs"]
    assert engine.dead_letter_sources("jobs") == []


def test_a_receive_count_given_as_text_is_shown_as_a_number() -> None:
    engine = numbered_engine(jobs={}, dead={})
    policy = json.dumps({"deadLetterTargetArn": HOME.arn_of("dead"), "maxReceiveCount": "5"})
    engine.set_attributes("jobs", {"RedrivePolicy": policy}, now=0)
    assert json.loads(engine.attributes("jobs", now=0)["RedrivePolicy"])["maxReceiveCount"] == 5
    engine.create_queue("jobs", {"RedrivePolicy": policy}, now=0)


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
        ("FifoQueue", "true", ErrorCode.INVALID_PARAMETER),
        ("FifoQueue", "false", ErrorCode.INVALID_ATTRIBUTE_NAME),
        ("DeduplicationScope", "queue", ErrorCode.INVALID_ATTRIBUTE_NAME),
        ("FifoThroughputLimit", "perQueue", ErrorCode.INVALID_ATTRIBUTE_NAME),
        ("VisibilityTimeout", "9" * 5_000, ErrorCode.INVALID_ATTRIBUTE_VALUE),
        ("Policy", "no JSON", ErrorCode.INVALID_ATTRIBUTE_VALUE),
        ("Policy", "[]", ErrorCode.INVALID_ATTRIBUTE_VALUE),
        ("RedriveAllowPolicy", "no JSON", ErrorCode.INVALID_PARAMETER),
        ("RedriveAllowPolicy", '{"redrivePermission": "perhaps"}', ErrorCode.INVALID_PARAMETER),
        ("RedriveAllowPolicy", '{"redrivePermission": "byQueue"}', ErrorCode.INVALID_PARAMETER),
        ("RedriveAllowPolicy", '{"redrivePermission": "denyAll", "sourceQueueArns": []}', ErrorCode.INVALID_PARAMETER),
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


def test_a_queue_that_exists_does_not_become_a_fifo_queue() -> None:
    engine = numbered_engine(jobs={})
    with refused(ErrorCode.INVALID_ATTRIBUTE_NAME):
        engine.set_attributes("jobs", {"FifoQueue": "true"}, now=0)


@pytest.mark.parametrize("value", ["true", "True", "TRUE"])
def test_booleans_are_taken_in_any_case_and_shown_in_lower_case(value: str) -> None:
    engine = numbered_engine(jobs_fifo={"FifoQueue": value, "ContentBasedDeduplication": value})
    shown = engine.attributes("jobs.fifo", now=0)
    assert shown["FifoQueue"] == shown["ContentBasedDeduplication"] == "true"
    engine.set_attributes("jobs.fifo", {"ContentBasedDeduplication": "False", "SqsManagedSseEnabled": "FALSE"}, now=0)
    shown = engine.attributes("jobs.fifo", now=0)
    assert shown["ContentBasedDeduplication"] == shown["SqsManagedSseEnabled"] == "false"


def test_a_throughput_limit_for_each_group_needs_deduplication_for_each_group() -> None:
    engine = numbered_engine(jobs_fifo={})
    fast = {"FifoThroughputLimit": "perMessageGroupId"}
    for attributes in (fast, fast | {"DeduplicationScope": "queue"}):
        with refused(ErrorCode.INVALID_ATTRIBUTE_VALUE):
            engine.set_attributes("jobs.fifo", attributes, now=0)
        with refused(ErrorCode.INVALID_ATTRIBUTE_VALUE):
            engine.create_queue("fast.fifo", attributes, now=0)
    engine.set_attributes("jobs.fifo", fast | {"DeduplicationScope": "messageGroup"}, now=0)
    with refused(ErrorCode.INVALID_ATTRIBUTE_VALUE):
        engine.set_attributes("jobs.fifo", {"DeduplicationScope": "queue"}, now=0)
    assert engine.attributes("jobs.fifo", now=0)["DeduplicationScope"] == "messageGroup"


@pytest.mark.parametrize("name", ["Policy", "RedrivePolicy", "RedriveAllowPolicy"])
def test_json_that_is_nested_too_deep_is_no_policy(name: str) -> None:
    engine = numbered_engine(jobs={})
    with pytest.raises(SqsError):
        engine.set_attributes("jobs", {name: "[" * 100_000}, now=0)


def test_a_kms_key_takes_the_place_of_encryption_by_sqs_and_gives_it_back() -> None:
    engine = numbered_engine(jobs={"SqsManagedSseEnabled": "true"})
    engine.set_attributes("jobs", {"KmsMasterKeyId": "alias/mine", "KmsDataKeyReusePeriodSeconds": "300"}, now=0)
    shown = engine.attributes("jobs", now=0)
    assert (shown["KmsMasterKeyId"], shown["SqsManagedSseEnabled"]) == ("alias/mine", "false")
    assert "KmsDataKeyReusePeriodSeconds" not in shown
    with refused(ErrorCode.INVALID_ATTRIBUTE_NAME):
        engine.set_attributes("jobs", {"SqsManagedSseEnabled": "true"}, now=0)
    engine.set_attributes("jobs", {"KmsMasterKeyId": ""}, now=0)
    assert engine.attributes("jobs", now=0)["SqsManagedSseEnabled"] == "true"


def test_region_and_account_stand_in_arns() -> None:
    place = Place(region="cn-north-1", account_id="123456789012")
    engine = Engine(new_id=lambda: "1", place=place)
    engine.create_queue("dead", now=0)
    engine.create_queue("jobs", redrive_to("dead", 1, place=place), now=0)
    assert engine.attributes("jobs", now=0)["QueueArn"] == "arn:aws-cn:sqs:cn-north-1:123456789012:jobs"


def test_tags_are_added_overwritten_and_taken_away() -> None:
    engine = numbered_engine()
    engine.create_queue("jobs", tags={"a": "1", "b": "2"}, now=0)
    engine.create_queue("jobs", tags={"a": "9"}, now=0)
    engine.tag("jobs", {"b": "3", "c": ""})
    engine.untag("jobs", ["a", "none"])
    assert engine.tags("jobs") == {"b": "3", "c": ""}


@pytest.mark.parametrize(
    "tags", [{"": "x"}, {"k" * 129: "x"}, {"k": "v" * 257}, {"aws:k": "x"}, {f"{n}": "" for n in range(51)}]
)
def test_tags_beyond_the_limits_are_refused_as_a_whole(tags: dict[str, str]) -> None:
    engine = numbered_engine(jobs={})
    with refused(ErrorCode.INVALID_PARAMETER):
        engine.tag("jobs", {"fine": "1", **tags})
    assert engine.tags("jobs") == {}


def test_a_permission_is_a_statement_of_the_policy_until_it_is_removed() -> None:
    engine = numbered_engine(jobs={})
    arn = HOME.arn_of("jobs")
    engine.add_permission("jobs", label="one", accounts=["1" * 12], actions=["SendMessage"], now=0)
    engine.add_permission("jobs", label="two", accounts=["1" * 12, "2" * 12], actions=["*", "PurgeQueue"], now=0)
    policy = json.loads(engine.attributes("jobs", now=0)["Policy"])
    assert policy["Id"] == f"{arn}/SQSDefaultPolicy"
    assert policy["Statement"][0] == {
        "Sid": "one",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{'1' * 12}:root"},
        "Action": "SQS:SendMessage",
        "Resource": arn,
    }
    assert policy["Statement"][1]["Action"] == ["SQS:*", "SQS:PurgeQueue"]
    for label in ("one", "two"):
        engine.remove_permission("jobs", label=label, now=0)
    assert "Policy" not in engine.attributes("jobs", now=0)


@pytest.mark.parametrize(
    ("label", "accounts", "actions", "code"),
    [
        ("taken", ["1" * 12], ["SendMessage"], ErrorCode.INVALID_PARAMETER),
        ("no label", ["1" * 12], ["SendMessage"], ErrorCode.INVALID_PARAMETER),
        ("l", [], ["SendMessage"], ErrorCode.INVALID_PARAMETER),
        ("l", ["1" * 12], [], ErrorCode.MISSING_PARAMETER),
        ("l", ["me"], ["SendMessage"], ErrorCode.INVALID_PARAMETER),
        ("l", ["1" * 12], ["CreateQueue"], ErrorCode.INVALID_PARAMETER),
        ("l", ["1" * 12], ["SendMessage"] * 8, ErrorCode.OVER_LIMIT),
    ],
)
def test_a_permission_that_sqs_would_not_give_is_refused(
    label: str, accounts: list[str], actions: list[str], code: ErrorCode
) -> None:
    engine = numbered_engine(jobs={})
    engine.add_permission("jobs", label="taken", accounts=["1" * 12], actions=["SendMessage"], now=0)
    with refused(code):
        engine.add_permission("jobs", label=label, accounts=accounts, actions=actions, now=0)


def test_a_permission_that_is_not_there_cannot_be_removed() -> None:
    with pytest.raises(SqsError, match=r"Value l for parameter Label is invalid\. Reason: can't find label\."):
        numbered_engine(jobs={}).remove_permission("jobs", label="l", now=0)


def test_a_look_shows_every_message_and_receives_none() -> None:
    engine = numbered_engine(jobs={})
    for delay in (0, 0, 60):
        engine.send("jobs", Sending(body=f"{delay}", delay=delay), now=0)
    engine.receive("jobs", now=1)
    before = engine.counts("jobs", now=1)
    looked = engine.look("jobs", now=1)
    assert [state for state, _ in looked] == [State.IN_FLIGHT, State.VISIBLE, State.DELAYED]
    assert [received.receive_count for _, received in looked] == [1, 0, 0]
    assert engine.counts("jobs", now=1) == before
