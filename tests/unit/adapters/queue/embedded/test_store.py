"""SQS's rules for one queue, by the numbers of a virtual clock."""

from dataclasses import replace
from itertools import count

import pytest

from sqsd_adapters.queue.embedded.engine import Engine
from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError
from sqsd_adapters.queue.embedded.shelf import Counts
from sqsd_adapters.queue.embedded.stored import Received, Sending, Sent
from sqsd_core.message import MessageAttribute, ReceiptHandle
from tests.support.embedded import numbered_engine


@pytest.fixture
def engine() -> Engine:
    return numbered_engine(jobs={}, jobs_fifo={})


def send(engine: Engine, body: str = "hello", *, now: float = 0, delay: float | None = None) -> str:
    return engine.send("jobs", Sending(body=body, delay=delay), now=now).message_id


def receive(engine: Engine, *, now: float, visibility: float = 30) -> Received:
    [received] = engine.receive("jobs", limit=10, visibility=visibility, now=now)
    return received


def nothing(engine: Engine, *, now: float, name: str = "jobs") -> bool:
    return not engine.receive(name, limit=10, now=now)


def refused(code: ErrorCode) -> "pytest.RaisesExc[SqsError]":
    return pytest.RaisesExc(SqsError, check=lambda error: error.code is code)


def test_a_message_is_hidden_until_its_visibility_timeout_ends(engine: Engine) -> None:
    send(engine)
    receive(engine, now=1, visibility=30)
    assert nothing(engine, now=30.9)
    assert receive(engine, now=31).receive_count == 2


def test_the_queues_own_visibility_timeout_counts_where_none_is_given() -> None:
    engine = numbered_engine(jobs={"VisibilityTimeout": "7"})
    send(engine)
    engine.receive("jobs", now=0)
    assert nothing(engine, now=6.9)
    assert not nothing(engine, now=7)


def test_a_delivery_shows_the_first_receive_and_the_send(engine: Engine) -> None:
    send(engine, now=5)
    receive(engine, now=6, visibility=1)
    again = receive(engine, now=8)
    assert (again.sent_at, again.first_received_at, again.receive_count) == (5, 6, 2)


def test_instants_are_shown_as_unix_time() -> None:
    engine = Engine(new_id=lambda: "1", epoch=1_000_000)
    engine.create_queue("jobs", now=3)
    send(engine, now=5)
    assert receive(engine, now=6).sent_at == 1_000_005
    assert engine.attributes("jobs", now=7)["CreatedTimestamp"] == "1000003"


def test_a_delayed_message_comes_when_its_delay_ends(engine: Engine) -> None:
    send(engine, delay=10)
    assert engine.counts("jobs", now=9.9) == Counts(visible=0, in_flight=0, delayed=1)
    assert nothing(engine, now=9.9)
    assert receive(engine, now=10).receive_count == 1


def test_a_queues_delay_holds_for_messages_without_one_of_their_own() -> None:
    engine = numbered_engine(jobs={"DelaySeconds": "5"})
    send(engine, "queue's")
    send(engine, "own", delay=0)
    assert receive(engine, now=0).sending.body == "own"
    assert receive(engine, now=5).sending.body == "queue's"


def test_at_most_ten_messages_are_received_at_once(engine: Engine) -> None:
    for _ in range(12):
        send(engine)
    assert len(engine.receive("jobs", limit=10, now=0)) == 10
    for limit in (0, 11):
        with refused(ErrorCode.INVALID_PARAMETER):
            engine.receive("jobs", limit=limit, now=0)


def test_a_deleted_message_is_gone(engine: Engine) -> None:
    send(engine)
    engine.delete("jobs", receive(engine, now=0).receipt, now=1)
    assert engine.counts("jobs", now=100) == Counts(visible=0, in_flight=0, delayed=0)
    assert nothing(engine, now=100)


def test_a_message_deleted_twice_is_no_error(engine: Engine) -> None:
    send(engine)
    receipt = receive(engine, now=0).receipt
    engine.delete("jobs", receipt, now=1)
    engine.delete("jobs", receipt, now=2)


def test_the_latest_receipt_deletes_although_the_message_is_visible_again(engine: Engine) -> None:
    send(engine)
    receipt = receive(engine, now=0, visibility=30).receipt
    engine.delete("jobs", receipt, now=31)
    assert engine.counts("jobs", now=31).visible == 0
    assert not engine.receivable("jobs", now=31)
    assert nothing(engine, now=31)


def test_a_message_that_is_visible_again_and_is_to_be_delivered_once_more_stays_visible(engine: Engine) -> None:
    send(engine)
    message = receive(engine, now=1, visibility=1)
    engine.delete("jobs", message.receipt, redeliver=True, now=3)
    assert engine.counts("jobs", now=3) == Counts(visible=1, in_flight=0, delayed=0)
    again = receive(engine, now=4)
    engine.delete("jobs", again.receipt, redeliver=True, now=5)
    assert nothing(engine, now=100)


def test_an_old_receipt_succeeds_and_deletes_nothing_once_the_message_was_received_again(
    engine: Engine,
) -> None:
    send(engine)
    old = receive(engine, now=0, visibility=1).receipt
    new = receive(engine, now=2).receipt
    engine.delete("jobs", old, now=3)
    assert engine.counts("jobs", now=3).in_flight == 1
    engine.delete("jobs", new, now=3)
    assert engine.counts("jobs", now=3).in_flight == 0


@pytest.mark.parametrize("receipt", ["", "no receipt", "c29tZXRoaW5n", "b3RoZXIgMSAx"])
def test_a_receipt_that_the_queue_never_issued_is_invalid(engine: Engine, receipt: str) -> None:
    with refused(ErrorCode.RECEIPT_INVALID):
        engine.delete("jobs", ReceiptHandle(receipt), now=0)
    with refused(ErrorCode.RECEIPT_INVALID):
        engine.change_visibility("jobs", ReceiptHandle(receipt), 1, now=0)


def test_a_changed_visibility_counts_from_the_change(engine: Engine) -> None:
    send(engine)
    receipt = receive(engine, now=0, visibility=60).receipt
    engine.change_visibility("jobs", receipt, 10, now=15)
    assert nothing(engine, now=24.9)
    assert receive(engine, now=25).receive_count == 2


def test_a_visibility_of_zero_shows_the_message_at_once(engine: Engine) -> None:
    send(engine)
    engine.change_visibility("jobs", receive(engine, now=0).receipt, 0, now=1)
    assert engine.counts("jobs", now=1).visible == 1


def test_a_message_that_is_visible_again_stays_so_and_the_change_succeeds(engine: Engine) -> None:
    send(engine)
    receipt = receive(engine, now=0, visibility=10).receipt
    engine.change_visibility("jobs", receipt, 5, now=10)
    assert engine.counts("jobs", now=10).visible == 1


def test_a_fifo_receipt_changes_nothing_after_its_visibility_timeout(engine: Engine) -> None:
    engine.send("jobs.fifo", Sending(body="x", group_id="red", deduplication_id="d"), now=0)
    [received] = engine.receive("jobs.fifo", visibility=10, now=0)
    with refused(ErrorCode.INVALID_PARAMETER):
        engine.change_visibility("jobs.fifo", received.receipt, 5, now=10)


def test_a_deleted_message_has_no_visibility(engine: Engine) -> None:
    send(engine)
    receipt = receive(engine, now=0).receipt
    engine.delete("jobs", receipt, now=1)
    with refused(ErrorCode.INVALID_PARAMETER):
        engine.change_visibility("jobs", receipt, 5, now=2)


def test_an_old_receipt_changes_the_visibility_of_a_newer_delivery(engine: Engine) -> None:
    send(engine)
    old = receive(engine, now=0, visibility=1).receipt
    receive(engine, now=2, visibility=30)
    engine.change_visibility("jobs", old, 0, now=3)
    assert engine.counts("jobs", now=3).visible == 1


def test_an_old_receipt_changes_nothing_on_a_fifo_queue(engine: Engine) -> None:
    engine.send("jobs.fifo", Sending(body="x", group_id="red", deduplication_id="d"), now=0)
    [old] = engine.receive("jobs.fifo", visibility=1, now=0)
    engine.receive("jobs.fifo", visibility=30, now=2)
    with refused(ErrorCode.INVALID_PARAMETER):
        engine.change_visibility("jobs.fifo", old.receipt, 0, now=3)


def test_visibility_ends_twelve_hours_after_the_receive_at_the_latest(engine: Engine) -> None:
    send(engine)
    receipt = receive(engine, now=100, visibility=60).receipt
    engine.change_visibility("jobs", receipt, 43_200 - 50, now=150)
    with refused(ErrorCode.INVALID_PARAMETER):
        engine.change_visibility("jobs", receipt, 43_200 - 49, now=150)
    assert nothing(engine, now=100 + 43_199)
    assert receive(engine, now=100 + 43_200).receive_count == 2


@pytest.mark.parametrize("timeout", [-1, 43_201])
def test_a_visibility_beyond_the_limits_is_refused(engine: Engine, timeout: int) -> None:
    send(engine)
    receipt = receive(engine, now=0).receipt
    with refused(ErrorCode.INVALID_PARAMETER):
        engine.change_visibility("jobs", receipt, timeout, now=0)
    with refused(ErrorCode.INVALID_PARAMETER):
        engine.receive("jobs", visibility=timeout, now=0)


def test_a_message_delivered_twice_at_once_has_two_receipts_and_the_later_one_deletes(
    engine: Engine,
) -> None:
    send(engine)
    first = receive(engine, now=0)
    [second] = engine.receive_again("jobs", limit=10, visibility=None, now=1)
    assert (second.id, second.receive_count) == (first.id, 2)
    engine.delete("jobs", first.receipt, now=2)
    assert engine.counts("jobs", now=2).in_flight == 1
    engine.delete("jobs", second.receipt, now=2)
    assert engine.counts("jobs", now=2).in_flight == 0


def test_a_message_is_kept_for_the_retention_period_wherever_it_stands() -> None:
    engine = numbered_engine(jobs={"MessageRetentionPeriod": "60"})
    send(engine, "in flight")
    receive(engine, now=1, visibility=100)
    send(engine, "visible", now=1)
    send(engine, "delayed", now=1, delay=90)
    assert engine.counts("jobs", now=59.9) == Counts(visible=1, in_flight=1, delayed=1)
    assert engine.counts("jobs", now=61) == Counts(visible=0, in_flight=0, delayed=0)
    assert nothing(engine, now=200)


@pytest.mark.parametrize("retention", [60, 120])
def test_another_retention_period_holds_for_messages_that_are_in_the_queue(retention: int) -> None:
    engine = numbered_engine(jobs={"MessageRetentionPeriod": "90"})
    for body in ("in flight", "visible"):
        send(engine, body)
    send(engine, "delayed", delay=600)
    engine.receive("jobs", visibility=600, now=1)
    engine.set_attributes("jobs", {"MessageRetentionPeriod": f"{retention}"}, now=59)
    assert engine.counts("jobs", now=retention - 0.1) == Counts(visible=1, in_flight=1, delayed=1)
    assert engine.counts("jobs", now=retention) == Counts(visible=0, in_flight=0, delayed=0)


def test_a_shorter_retention_period_takes_what_is_older_at_once(engine: Engine) -> None:
    send(engine)
    engine.set_attributes("jobs", {"MessageRetentionPeriod": "60"}, now=60)
    assert nothing(engine, now=60)


def test_another_delay_of_a_standard_queue_holds_for_new_messages_alone() -> None:
    engine = numbered_engine(jobs={"DelaySeconds": "10"})
    send(engine, "first")
    engine.set_attributes("jobs", {"DelaySeconds": "0"}, now=1)
    assert nothing(engine, now=9.9)
    assert receive(engine, now=10).sending.body == "first"


def test_a_purge_takes_everything_and_waits_a_minute_for_the_next(engine: Engine) -> None:
    for delay in (0, 0, 60):
        send(engine, delay=delay)
    receipt = engine.receive("jobs", now=0)[0].receipt
    engine.purge("jobs", now=1)
    assert engine.counts("jobs", now=1) == Counts(visible=0, in_flight=0, delayed=0)
    engine.delete("jobs", receipt, now=2)
    with refused(ErrorCode.PURGE_IN_PROGRESS):
        engine.purge("jobs", now=60.9)
    engine.purge("jobs", now=61)


def test_a_relaxed_queue_is_purged_again_at_once() -> None:
    engine = Engine(new_id=lambda: "1", purge_interval=0.0)
    engine.create_queue("jobs", now=0)
    engine.purge("jobs", now=1)
    engine.purge("jobs", now=1)


def test_a_purge_forgets_deduplication_ids(engine: Engine) -> None:
    twin = Sending(body="once", group_id="red", deduplication_id="d")
    engine.send("jobs.fifo", twin, now=0)
    engine.purge("jobs.fifo", now=1)
    engine.send("jobs.fifo", twin, now=2)
    assert engine.counts("jobs.fifo", now=2).visible == 1


def test_a_standard_queue_refuses_to_have_too_many_messages_in_flight() -> None:
    ids = count()
    engine = Engine(new_id=lambda: str(next(ids)), max_in_flight=12)
    engine.create_queue("jobs", now=0)
    for _ in range(20):
        send(engine)
    assert [len(engine.receive("jobs", limit=10, now=0)) for _ in range(2)] == [10, 2]
    with refused(ErrorCode.OVER_LIMIT):
        engine.receive("jobs", limit=10, now=0)


def test_an_attempt_of_a_long_poll_brings_nothing_while_too_many_messages_are_in_flight() -> None:
    engine = Engine(new_id=lambda: "1", max_in_flight=0)
    engine.create_queue("jobs", now=0)
    send(engine)
    assert engine.receive("jobs", long_poll=True, now=0) == []
    assert not engine.receivable("jobs", now=0)


def test_a_fifo_queue_with_too_many_messages_in_flight_just_brings_none() -> None:
    ids = count()
    engine = Engine(new_id=lambda: str(next(ids)), max_in_flight=1)
    engine.create_queue("jobs.fifo", now=0)
    for group in ("red", "blue"):
        engine.send("jobs.fifo", Sending(body="x", group_id=group, deduplication_id=group), now=0)
    assert [len(engine.receive("jobs.fifo", limit=10, now=0)) for _ in range(2)] == [1, 0]


def test_a_repeated_deduplication_id_is_accepted_and_not_stored_for_five_minutes(engine: Engine) -> None:
    twin = Sending(body="once", group_id="red", deduplication_id="d")
    first = engine.send("jobs.fifo", twin, now=0)
    assert engine.send("jobs.fifo", twin, now=299.9) == first
    assert engine.counts("jobs.fifo", now=299.9).visible == 1
    assert engine.send("jobs.fifo", twin, now=300).message_id != first.message_id
    assert engine.counts("jobs.fifo", now=300).visible == 2


def test_a_duplicate_is_answered_with_the_first_id_and_the_digests_of_what_was_sent() -> None:
    engine = numbered_engine(jobs_fifo={})
    sendings = [
        Sending(
            body=text,
            attributes={"a": MessageAttribute(data_type="String", value=text)},
            trace_header=text,
            group_id="red",
            deduplication_id="d",
        )
        for text in ("first", "second")
    ]
    first, second = (engine.send("jobs.fifo", sending, now=0) for sending in sendings)
    assert (second.message_id, second.sequence_number) == (first.message_id, first.sequence_number)
    assert second == replace(
        Sent.of(sendings[1], message_id=first.message_id, sequence=None), sequence_number=first.sequence_number
    )
    assert engine.bodies("jobs.fifo", now=0) == ["first"]


def test_a_deduplication_id_is_remembered_after_its_message_was_deleted(engine: Engine) -> None:
    twin = Sending(body="once", group_id="red", deduplication_id="d")
    engine.send("jobs.fifo", twin, now=0)
    [received] = engine.receive("jobs.fifo", now=1)
    engine.delete("jobs.fifo", received.receipt, now=2)
    engine.send("jobs.fifo", twin, now=3)
    assert engine.counts("jobs.fifo", now=3) == Counts(visible=0, in_flight=0, delayed=0)


def test_content_based_deduplication_takes_the_body_for_the_id() -> None:
    engine = numbered_engine(jobs_fifo={"ContentBasedDeduplication": "true"})
    for body in ("same", "same", "other"):
        engine.send("jobs.fifo", Sending(body=body, group_id="red"), now=0)
    assert engine.bodies("jobs.fifo", now=0) == ["same", "other"]


def test_deduplication_may_hold_for_each_group_alone() -> None:
    engine = numbered_engine(jobs_fifo={"DeduplicationScope": "messageGroup"})
    for group in ("red", "blue", "red"):
        engine.send("jobs.fifo", Sending(body=group, group_id=group, deduplication_id="d"), now=0)
    assert engine.bodies("jobs.fifo", now=0) == ["red", "blue"]


@pytest.mark.parametrize(("before", "after"), [("queue", "messageGroup"), ("messageGroup", "queue")])
def test_another_scope_of_deduplication_applies_a_minute_later(before: str, after: str) -> None:
    engine = numbered_engine(jobs_fifo={"DeduplicationScope": before})

    def stored(now: float) -> int:
        """How many of two messages with one id, of two groups, were stored."""
        ids = {
            engine.send("jobs.fifo", Sending(body="x", group_id=group, deduplication_id=f"{now}"), now=now).message_id
            for group in ("red", "blue")
        }
        return len(ids)

    each = {"queue": 1, "messageGroup": 2}
    engine.set_attributes("jobs.fifo", {"DeduplicationScope": after}, now=0)
    assert (stored(59), stored(60)) == (each[before], each[after])


def test_a_scope_of_deduplication_that_is_set_back_in_time_never_applies() -> None:
    engine = numbered_engine(jobs_fifo={})
    engine.set_attributes("jobs.fifo", {"DeduplicationScope": "messageGroup"}, now=0)
    engine.set_attributes("jobs.fifo", {"DeduplicationScope": "queue"}, now=30)
    for group in ("red", "blue"):
        engine.send("jobs.fifo", Sending(body=group, group_id=group, deduplication_id="d"), now=70)
    assert engine.bodies("jobs.fifo", now=70) == ["red"]


def test_sequence_numbers_have_twenty_digits_and_rise(engine: Engine) -> None:
    numbers = [
        engine.send("jobs.fifo", Sending(body="x", group_id="red", deduplication_id=f"{n}"), now=0) for n in range(3)
    ]
    shown = [sent.sequence_number or "" for sent in numbers]
    assert shown == sorted(set(shown))
    assert {len(number) for number in shown} == {20}


def test_a_fifo_receipt_expires_with_its_visibility(engine: Engine) -> None:
    engine.send("jobs.fifo", Sending(body="x", group_id="red", deduplication_id="d"), now=0)
    [received] = engine.receive("jobs.fifo", visibility=10, now=0)
    with refused(ErrorCode.INVALID_PARAMETER):
        engine.delete("jobs.fifo", received.receipt, now=10)
    assert engine.counts("jobs.fifo", now=10).visible == 1


class TestReceiveAttempts:
    """A receive on a FIFO queue whose answer was lost is repeated with the same attempt id."""

    @pytest.fixture
    def received(self, engine: Engine) -> list[Received]:
        for number in range(3):
            sending = Sending(body=f"{number}", group_id="red", deduplication_id=f"{number}")
            engine.send("jobs.fifo", sending, now=0)
        return self.attempt(engine, now=0)

    def attempt(self, engine: Engine, *, now: float) -> list[Received]:
        return engine.receive("jobs.fifo", limit=2, visibility=30, attempt_id="a", now=now)

    def test_it_brings_the_same_messages_and_receipts_and_hides_them_anew(
        self, engine: Engine, received: list[Received]
    ) -> None:
        assert [message.sending.body for message in received] == ["0", "1"]
        assert self.attempt(engine, now=20) == received
        assert nothing(engine, name="jobs.fifo", now=49.9)
        assert not nothing(engine, name="jobs.fifo", now=50)

    def test_it_brings_nothing_of_the_group_once_a_visibility_was_changed(
        self, engine: Engine, received: list[Received]
    ) -> None:
        engine.change_visibility("jobs.fifo", received[0].receipt, 60, now=1)
        assert not self.attempt(engine, now=2)

    def test_it_brings_nothing_of_the_group_once_one_was_deleted(
        self, engine: Engine, received: list[Received]
    ) -> None:
        engine.delete("jobs.fifo", received[0].receipt, now=1)
        assert not self.attempt(engine, now=2)

    def test_it_is_a_new_receive_once_the_visibility_has_ended(self, engine: Engine, received: list[Received]) -> None:
        again = self.attempt(engine, now=31)
        assert [message.id for message in again] == [message.id for message in received]
        assert {message.receive_count for message in again} == {2}

    def test_it_is_forgotten_after_five_minutes(self, engine: Engine, received: list[Received]) -> None:
        for now in (25, 50, 75, 100, 125, 150, 175, 200, 225, 250, 275, 299):
            assert self.attempt(engine, now=now) == received
        assert not self.attempt(engine, now=300)
