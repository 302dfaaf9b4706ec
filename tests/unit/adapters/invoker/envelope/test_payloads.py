"""Bodies from S3: what each failure means for a message, and how an outage is met."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from sqsd_adapters.invoker.envelope.invoker import OpeningInvoker
from sqsd_adapters.invoker.envelope.opener import MessageOpener
from sqsd_adapters.invoker.envelope.payloads import S3Payloads
from sqsd_adapters.invoker.envelope.s3_pointer import Pointer
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import running, until
from sqsd_core.message import Message, MessageAttribute, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, RetryLater
from sqsd_core.policy.admission import Reason
from tests.support.object_store import MemoryStore
from tests.support.pointers import MARKED, pointer_body
from tests.support.several import daemon_of, queue_plan, worker_plan

LIMIT = 1_000
AWAY = "S3 does not answer (ConnectTimeoutError)"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore({"k-1": "🎁".encode(), "empty": b"", "full": b"x" * LIMIT})


@pytest.fixture
async def payloads(store: MemoryStore) -> AsyncIterator[S3Payloads]:
    async with S3Payloads(store=store, clock=LoopClock(), limit=LIMIT, timeout=30.0, queue="orders") as payloads:
        yield payloads


async def fetched(payloads: S3Payloads, key: str, *, bucket: str = "payloads", receive_count: int = 1) -> str | Outcome:
    color = MessageAttribute(data_type="String", value="red")
    message = Message(
        id=MessageId("m-1"),
        receipt=ReceiptHandle("r-1"),
        body=pointer_body(key, bucket),
        receive_count=receive_count,
        attributes={**MARKED, "color": color},
    )
    opened = await payloads.fetch(message, Pointer(bucket, key))
    if not isinstance(opened, Message):
        return opened
    assert opened.attributes == {"color": color}
    return opened.body


@pytest.mark.parametrize(("key", "body"), [("k-1", "🎁"), ("empty", ""), ("full", "x" * LIMIT)])
async def test_the_body_takes_the_place_of_the_pointer(payloads: S3Payloads, key: str, body: str) -> None:
    assert await fetched(payloads, key) == body
    assert payloads.obstacle == ""


async def test_an_object_that_is_gone_is_a_failure_with_that_reason(payloads: S3Payloads) -> None:
    assert await fetched(payloads, "k-2") == Failed("gone (NoSuchKey)")
    assert payloads.obstacle == ""


async def test_an_object_beyond_the_limit_is_a_failure(payloads: S3Payloads, store: MemoryStore) -> None:
    store.objects["k-1"] = b"x" * (LIMIT + 1)
    assert await fetched(payloads, "k-1") == Failed("the object in S3 is larger than MESSAGE_PAYLOAD_MAX, 1,000 bytes")


async def test_an_object_that_is_no_text_is_a_failure(payloads: S3Payloads, store: MemoryStore) -> None:
    store.objects["k-1"] = b"\xff\xfe"
    assert await fetched(payloads, "k-1") == Failed("the object in S3 is not text in UTF-8")


async def test_a_pointer_that_s3_cannot_have_is_a_failure_and_asks_nothing(
    payloads: S3Payloads, store: MemoryStore
) -> None:
    arn = "arn:aws:s3:eu-west-1:123456789012:accesspoint/payloads"
    assert await fetched(payloads, "k-1", bucket=arn) == Failed("the pointer names no object that S3 can have")
    assert store.calls == []


async def test_a_missing_right_is_a_failure_and_one_error_line_a_minute(
    payloads: S3Payloads, store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.denied = {"k-1"}
    for _ in range(5):
        assert await fetched(payloads, "k-1") == Failed("allow s3:GetObject")
    await asyncio.sleep(61.0)
    await fetched(payloads, "k-1")

    said = [vars(record) for record in caplog.records]
    assert [(each["message"], each["levelname"], each["count"]) for each in said] == [
        ("S3 denies access to a body", "ERROR", 1),
        ("S3 denies access to a body", "ERROR", 5),
    ]
    assert {(each["queue"], each["bucket"]) for each in said} == {("orders", "payloads")}
    assert payloads.obstacle == ""


@pytest.mark.parametrize(("receive_count", "after"), [(1, 30.0), (2, 60.0), (3, 120.0), (6, 900.0), (1_000_000, 900.0)])
async def test_a_message_whose_body_s3_did_not_deliver_comes_back_later_each_time(
    payloads: S3Payloads, store: MemoryStore, receive_count: int, after: float
) -> None:
    store.down = True
    assert await fetched(payloads, "k-1", receive_count=receive_count) == RetryLater(after, AWAY)


async def test_a_body_that_takes_too_long_is_the_fault_of_s3(payloads: S3Payloads, store: MemoryStore) -> None:
    store.delay = 31.0
    assert await fetched(payloads, "k-1") == RetryLater(30.0, "S3 did not deliver the body within 30 s")


async def test_while_s3_is_away_no_further_body_is_asked_for(payloads: S3Payloads, store: MemoryStore) -> None:
    store.down = True
    await fetched(payloads, "k-1")
    await asyncio.sleep(60.0)
    assert payloads.obstacle == AWAY
    assert await fetched(payloads, "k-1") == RetryLater(30.0, AWAY)
    assert store.calls.count("read") == 1


async def test_s3_itself_is_asked_until_it_answers(payloads: S3Payloads, store: MemoryStore) -> None:
    store.down = True
    await fetched(payloads, "k-1")
    await asyncio.sleep(3_600.0)
    assert 100 < store.calls.count("answers") < 200
    store.down = False
    await asyncio.sleep(30.0)
    assert payloads.obstacle == ""
    assert await fetched(payloads, "k-1") == "🎁"


async def test_an_object_that_alone_cannot_be_had_stops_nothing_for_long(
    payloads: S3Payloads, store: MemoryStore
) -> None:
    store.delay = 31.0
    await fetched(payloads, "k-1")
    store.delay = 0.0
    await asyncio.sleep(1.0)
    assert payloads.obstacle == ""


async def test_what_s3_says_is_no_answer_of_the_worker(payloads: S3Payloads, store: MemoryStore) -> None:
    gone = await fetched(payloads, "k-2")
    store.down = True
    later = await fetched(payloads, "k-1")
    assert isinstance(gone, Failed)
    assert isinstance(later, RetryLater)
    assert not gone.invoked
    assert not later.invoked


async def test_an_outage_of_an_hour_costs_a_message_one_receive_and_no_dead_letter(
    store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    clock, job = LoopClock(), ScriptedInvoker()
    queue = EmbeddedQueue(clock=clock, max_receive_count=3)
    for _ in range(20):
        queue.send(pointer_body("k-1"), attributes=MARKED)
    async with S3Payloads(store=store, clock=clock, limit=LIMIT, timeout=30.0) as payloads:
        opening = OpeningInvoker(opener=MessageOpener(clock=clock, payloads=payloads), invoker=job)
        plan = replace(queue_plan("orders", queue), invoker=opening, obstacle=lambda: payloads.obstacle)
        daemon = daemon_of([worker_plan("web", job, slots=4)], [plan])
        store.down = True
        async with running(daemon):
            await asyncio.sleep(3_600.0)
            assert {closure.reason for closure in daemon.snapshot().closures} == {Reason.BODIES_UNAVAILABLE}
            assert not daemon.snapshot().ready
            assert daemon.snapshot().workers["web"].breaker.failures == 0
            store.down = False
            await until(lambda: queue.is_empty, within=300.0)
    assert job.bodies == ["🎁"] * 20
    assert max(message.receive_count for message in job.invoked) == 2
    assert queue.dead_letters == []
    assert [record.message for record in caplog.records if "bodies" in record.message] == [
        "message bodies cannot be fetched, receiving stops",
        "message bodies can be fetched again",
    ]
