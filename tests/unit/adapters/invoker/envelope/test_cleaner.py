"""The bodies of deleted messages are deleted in batches, later, and never in the way."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from sqsd_adapters.invoker.envelope.cleaner import FINISH, MOST, PayloadCleaner
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import running, until
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed
from sqsd_core.ports.observer import Observer
from tests.support.object_store import MemoryStore
from tests.support.pointers import MARKED, notification_body, pointer_body
from tests.support.several import daemon_of, queue_plan, worker_plan

KEYS = [f"k-{number}" for number in range(2_500)]


def message(body: str, *, marked: bool = True) -> Message:
    return Message(id=MessageId("m-1"), receipt=ReceiptHandle("r-1"), body=body, attributes=MARKED if marked else {})


def pointers(*keys: str) -> list[Message]:
    return [message(pointer_body(key)) for key in keys]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(dict.fromkeys([*KEYS, "k\0"], b"large"))


@pytest.fixture
async def cleaner(store: MemoryStore) -> AsyncIterator[PayloadCleaner]:
    async with PayloadCleaner(store=store, clock=LoopClock(), queue="orders") as cleaner:
        yield cleaner


async def test_what_gathers_within_a_second_is_one_call(cleaner: PayloadCleaner, store: MemoryStore) -> None:
    for key in KEYS[:5]:
        cleaner.deleted("orders", pointers(key))
        await asyncio.sleep(0.1)
    await asyncio.sleep(1.0)
    assert store.batches == [5]
    assert not {*KEYS[:5]} & store.objects.keys()
    assert len(cleaner) == 0


async def test_a_call_deletes_a_thousand_at_most(cleaner: PayloadCleaner, store: MemoryStore) -> None:
    cleaner.deleted("orders", pointers(*KEYS))
    await asyncio.sleep(5.0)
    assert store.batches == [1_000, 1_000, 500]


async def test_each_bucket_has_calls_of_its_own(cleaner: PayloadCleaner, store: MemoryStore) -> None:
    cleaner.deleted("orders", [message(pointer_body("k-1", bucket)) for bucket in ("payloads", "others")])
    await asyncio.sleep(5.0)
    assert store.batches == [1, 1]


@pytest.mark.parametrize(
    "other",
    [
        message("large"),
        message(pointer_body("k-1"), marked=False),
        message(pointer_body("k\0")),
        message(pointer_body("k-1", "a/b")),
        message(notification_body(pointer_body("k-1"), marked=True), marked=False),
    ],
    ids=["no pointer", "no mark", "a key that XML cannot have", "no bucket", "an envelope that is not opened"],
)
async def test_what_was_not_fetched_is_not_deleted(cleaner: PayloadCleaner, store: MemoryStore, other: Message) -> None:
    cleaner.deleted("orders", [other])
    await asyncio.sleep(5.0)
    assert store.calls == []


async def test_a_pointer_in_an_envelope_is_found(store: MemoryStore) -> None:
    async with PayloadCleaner(store=store, clock=LoopClock(), sns=True) as cleaner:
        cleaner.deleted("", [message(notification_body(pointer_body("k-1"), marked=True), marked=False)])
    assert "k-1" not in store.objects


async def test_an_outage_delays_deletions(
    cleaner: PayloadCleaner, store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.down = True
    cleaner.deleted("orders", pointers("k-1"))
    await asyncio.sleep(300.0)
    assert len(store.calls) < 20
    store.down = False
    await asyncio.sleep(31.0)
    assert "k-1" not in store.objects
    said = {record.message for record in caplog.records}
    assert said == {"S3 does not delete bodies, trying again"}


async def test_an_object_that_may_not_be_deleted_is_said_and_the_others_are_deleted(
    cleaner: PayloadCleaner, store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.denied = {"k-1"}
    cleaner.deleted("orders", pointers("k-1", "k-2"))
    await asyncio.sleep(5.0)
    assert "k-2" not in store.objects
    assert len(cleaner) == 0
    (said,) = [vars(record) for record in caplog.records]
    assert (said["message"], said["levelname"], said["count"]) == ("bodies left in S3", "ERROR", 1)
    assert (said["queue"], said["bucket"], said["reason"]) == ("orders", "payloads", "allow s3:DeleteObject")


async def test_no_more_than_a_bound_wait(
    cleaner: PayloadCleaner, store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.down = True
    cleaner.deleted("orders", pointers(*(str(number) for number in range(MOST + 7))))
    assert len(cleaner) == MOST
    assert {record.message for record in caplog.records} == {"bodies left in S3"}


async def test_the_end_deletes_what_is_left(store: MemoryStore) -> None:
    async with PayloadCleaner(store=store, clock=LoopClock()) as cleaner:
        cleaner.deleted("", pointers(*KEYS))
    assert not {*KEYS} & store.objects.keys()


@pytest.mark.parametrize("delay", [0.0, 3_600.0], ids=["fails", "hangs"])
async def test_the_end_waits_for_an_outage_in_bounded_time(
    store: MemoryStore, caplog: pytest.LogCaptureFixture, delay: float
) -> None:
    store.down, store.delay = True, delay
    async with PayloadCleaner(store=store, clock=LoopClock()) as cleaner:
        cleaner.deleted("", pointers("k-1", "k-2"))
        ends = asyncio.get_running_loop().time() + FINISH + 0.1
    assert asyncio.get_running_loop().time() < ends
    left = [vars(record) for record in caplog.records if record.message == "bodies left in S3"]
    assert [each["count"] for each in left] == [2]


class Deleted(Observer):
    def __init__(self) -> None:
        self.messages = 0

    def acknowledged(self, queue: str, messages: int) -> None:
        del queue
        self.messages += messages


async def test_only_bodies_of_messages_that_the_queue_deleted_are_deleted(store: MemoryStore) -> None:
    clock = LoopClock()
    queue, other = EmbeddedQueue(clock=clock, name="orders"), EmbeddedQueue(clock=clock, name="mails")
    for key in ("k-1", "k-2"):
        queue.send(pointer_body(key), attributes=MARKED)
    other.send(pointer_body("k-3"), attributes=MARKED)
    job, observer = ScriptedInvoker({pointer_body("k-2"): [Failed("no")]}), Deleted()
    async with PayloadCleaner(store=store, clock=clock) as cleaner:
        plans = [replace(queue_plan("orders", queue), cleaner=cleaner), queue_plan("mails", other)]
        daemon = daemon_of([worker_plan("web", job)], plans, observers=[observer])
        async with running(daemon):
            await until(lambda: other.is_empty and len(queue.bodies) == 1)
            await asyncio.sleep(60.0)
    assert {"k-1", "k-2", "k-3"} & store.objects.keys() == {"k-2", "k-3"}
    assert observer.messages == 2
    assert daemon.snapshot().deleted == 2
