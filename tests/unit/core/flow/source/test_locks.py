"""The flow without its lock store: it works on, or stops, as it was told."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.faults import Fault, FaultKind, Faults
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core.errors import LockStoreUnavailable, QueueUnavailable
from sqsd_core.flow.admission import Admission
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.flow.source.locks import MAX_REMEMBERED, SLICE, Locks
from sqsd_core.flow.troubles import Troubles
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, Succeeded
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.locking import Claim, Lock
from sqsd_core.ports.lock_store import LockStore
from tests.support.troubled_queue import TroubledQueue


class TroubledLockStore:
    """A memory lock store that can be away, or fail some acquires and carry out everything else."""

    def __init__(self) -> None:
        self._inner = MemoryLockStore(clock=LoopClock())
        self.away = False
        #: whether an acquire of these locks fails
        self.fails: Callable[[Sequence[Lock]], bool] = lambda _: False
        self.acquires: list[float] = []
        #: how many calls of complete succeed from now on
        self.completes = 1_000_000
        #: how many locks each of them had
        self.completed: list[int] = []

    async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:
        self._check()
        self.acquires.append(asyncio.get_running_loop().time())
        if self.fails(locks):
            raise LockStoreUnavailable("OOM command not allowed when used memory > 'maxmemory'")
        return await self._inner.acquire(locks, lease=lease)

    async def renew(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Lock]:
        self._check()
        return await self._inner.renew(locks, lease=lease)

    async def complete(self, locks: Sequence[Lock], *, expire: float) -> None:
        self._check()
        if self.completes == 0:
            raise LockStoreUnavailable
        self.completes -= 1
        self.completed.append(len(locks))
        await self._inner.complete(locks, expire=expire)

    async def release(self, locks: Sequence[Lock]) -> None:
        self._check()
        await self._inner.release(locks)

    async def expire(self) -> int:
        self._check()
        return await self._inner.expire()

    def forget(self) -> None:
        """Restart empty."""
        self._inner = MemoryLockStore(clock=LoopClock())

    def _check(self) -> None:
        if self.away:
            raise LockStoreUnavailable


def locks_of(store: LockStore, *, instance: str = "here", required: bool = False) -> Locks:
    return Locks(
        store=store,
        admission=Admission(clock=LoopClock()),
        troubles=Troubles(clock=LoopClock()),
        random=lambda: 0.0,
        instance=instance,
        visibility=60.0,
        expire=60.0,
        required=required,
    )


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.message.startswith("lock store")]


async def test_work_goes_on_without_the_store_and_the_log_says_so_once(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    store = TroubledLockStore()
    store.away = True
    for number in range(20):
        queue.send(str(number))
    invoker = ScriptedInvoker()
    daemon = make_daemon(queue=queue, invoker=invoker, lock_store=store, options=DaemonOptions(wait_time=1.0))

    async with running(daemon):
        await until(lambda: queue.is_empty)
        assert lines(caplog) == ["lock store unavailable, going on without deduplication"]
        store.away = False
        queue.send("after")
        await until(lambda: queue.is_empty)

    assert len(invoker.invoked) == 21
    assert lines(caplog)[1:] == ["lock store is back"]


async def test_a_required_store_that_is_away_stops_receiving_until_it_is_back(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    store = TroubledLockStore()
    troubled = TroubledQueue(queue)
    invoker = ScriptedInvoker()
    options = DaemonOptions(wait_time=1.0, locker_required=True)
    daemon = make_daemon(queue=troubled, invoker=invoker, lock_store=store, options=options)

    async with running(daemon):
        await asyncio.sleep(2.0)
        store.away = True
        queue.send("held back")
        await asyncio.sleep(120.0)
        received = troubled.calls["receive"]
        assert invoker.invoked == []
        assert queue.visible == 1
        await asyncio.sleep(120.0)
        assert troubled.calls["receive"] == received
        store.away = False
        await until(lambda: queue.is_empty, within=31.0)

    assert [message.receive_count for message in invoker.invoked] == [2]
    said = lines(caplog)
    assert said[-1] == "lock store is back"
    assert 3 <= said.count("lock store unavailable, receiving stops") == len(said) - 1 <= 5  # one per minute


async def test_a_required_store_that_fails_nothing_but_acquires_spends_no_receive(queue: EmbeddedQueue) -> None:
    store = TroubledLockStore()
    store.fails = lambda _: True  # Redis out of memory, or a replica: whatever writes nothing works
    for number in range(10):
        queue.send(str(number))
    troubled = TroubledQueue(queue)
    invoker = ScriptedInvoker()
    options = DaemonOptions(slots=10, receivers=3, wait_time=1.0, locker_required=True, unlock_interval=10.0)
    daemon = make_daemon(queue=troubled, invoker=invoker, lock_store=store, options=options)

    async with running(daemon):
        await asyncio.sleep(540.0)
        assert troubled.calls["receive"] == 0
        assert not daemon.snapshot().ready
        assert [closure.reason for closure in daemon.snapshot().closures] == [Reason.LOCK_STORE_UNAVAILABLE]
        assert len(store.acquires) < 40
        store.fails = lambda _: False
        await until(lambda: queue.is_empty, within=31.0)
        assert daemon.snapshot().ready

    assert {message.receive_count for message in invoker.invoked} == {1}


async def test_a_store_that_begins_to_fail_acquires_costs_a_message_one_receive(queue: EmbeddedQueue) -> None:
    store = TroubledLockStore()
    invoker = ScriptedInvoker()
    options = DaemonOptions(slots=10, wait_time=1.0, locker_required=True, unlock_interval=10.0)
    daemon = make_daemon(queue=queue, invoker=invoker, lock_store=store, options=options)

    async with running(daemon):
        await asyncio.sleep(5.0)
        store.fails = lambda _: True
        queue.send("held back")
        await asyncio.sleep(540.0)
        assert not invoker.invoked
        store.fails = lambda _: False
        await until(lambda: queue.is_empty, within=31.0)

    assert [message.receive_count for message in invoker.invoked] == [2]


async def test_a_store_that_passes_checks_and_fails_messages_is_asked_ever_less(queue: EmbeddedQueue) -> None:
    store = TroubledLockStore()
    store.fails = lambda locks: "check" not in locks[0].message_id
    queue.send("spoilt")
    troubled = TroubledQueue(queue)
    options = DaemonOptions(receivers=3, wait_time=1.0, locker_required=True)
    daemon = make_daemon(queue=troubled, invoker=ScriptedInvoker(), lock_store=store, options=options)

    async with running(daemon):
        await asyncio.sleep(540.0)

    assert daemon.snapshot().received < 45  # it spun: 106,751 in these nine minutes


async def test_a_store_that_works_after_each_failure_is_asked_often(queue: EmbeddedQueue) -> None:
    store = TroubledLockStore()
    invoker = ScriptedInvoker()
    options = DaemonOptions(wait_time=1.0, locker_required=True)
    daemon = make_daemon(queue=queue, invoker=invoker, lock_store=store, options=options)

    async with running(daemon):
        for number in range(20):
            store.away = True
            queue.send(str(number))
            await asyncio.sleep(0.5)
            store.away = False
            await until(lambda: queue.is_empty, within=5.0)


async def test_a_store_that_is_back_is_noticed_though_nothing_comes(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    store = TroubledLockStore()
    store.away = True
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker(), lock_store=store)

    async with running(daemon):
        await asyncio.sleep(1.0)
        store.away = False
        await until(lambda: "lock store is back" in lines(caplog), within=31.0)


@pytest.mark.parametrize("required", [False, True])
async def test_a_store_that_is_away_is_noticed_at_start_and_not_with_the_first_message(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture, required: bool
) -> None:
    store = TroubledLockStore()
    store.away = True
    options = DaemonOptions(locker_required=required)
    daemon = make_daemon(queue=queue, invoker=ScriptedInvoker(), lock_store=store, options=options)

    async with running(daemon):
        await asyncio.sleep(0.1)
        assert len(lines(caplog)) == 1


class FrozenLockStore(MemoryLockStore):
    """Answers no claim while it is ``frozen``, and carries it out when it goes on, as a server that was stopped."""

    frozen = False

    async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:
        if not self.frozen:
            return await super().acquire(locks, lease=lease)
        asyncio.get_running_loop().create_task(self._later(locks, lease))
        await asyncio.sleep(0.5)
        raise LockStoreUnavailable("TimeoutError")

    async def _later(self, locks: Sequence[Lock], lease: float) -> None:
        while self.frozen:  # noqa: ASYNC110 - the test says until when
            await asyncio.sleep(0.1)
        await super().acquire(locks, lease=lease)


class DoublingQueue(TroubledQueue):
    """Delivers each message twice at once."""

    async def receive(self, *, max_messages: int, wait: float, visibility: float) -> Sequence[Message]:
        received = await super().receive(max_messages=max_messages // 2, wait=wait, visibility=visibility)
        return [*received, *received]


async def test_two_deliveries_at_once_while_the_store_is_away_are_run_once(queue: EmbeddedQueue) -> None:
    store = TroubledLockStore()
    store.away = True
    queue.send("job")
    invoker = ScriptedInvoker(duration=20.0)
    options = DaemonOptions(slots=4, receivers=1)
    daemon = make_daemon(queue=DoublingQueue(queue), invoker=invoker, lock_store=store, options=options)

    async with running(daemon):
        await until(lambda: queue.is_empty, within=60.0)

    assert (len(invoker.invoked), daemon.snapshot().duplicates) == (1, 1)


async def test_a_claim_that_is_carried_out_late_is_not_taken_for_anothers() -> None:
    queue = EmbeddedQueue(clock=LoopClock(), max_receive_count=2)
    store, invoker = FrozenLockStore(clock=LoopClock()), ScriptedInvoker()
    options = DaemonOptions(locker_required=True, wait_time=1.0, visibility_timeout=6.0)
    daemon = make_daemon(queue=queue, invoker=invoker, lock_store=store, options=options)

    async with running(daemon):
        await asyncio.sleep(2.0)
        store.frozen = True
        queue.send("x")
        await asyncio.sleep(2.0)
        store.frozen = False
        await until(lambda: queue.is_empty, within=10.0)
    assert invoker.bodies == ["x"]
    assert not queue.dead_letters


def messages(count: int) -> list[Message]:
    return [Message(id=MessageId(str(number)), receipt=ReceiptHandle("r"), body="") for number in range(count)]


async def test_only_one_of_two_deliveries_takes_up_a_claim_in_doubt() -> None:
    store = TroubledLockStore()
    locks = locks_of(store, required=True)
    message = Message(id=MessageId("a"), receipt=ReceiptHandle("r"), body="")
    store.away = True
    [first] = locks.new([message])
    assert await locks.acquire([first]) is None
    store.away = False
    again, duplicate = locks.new([message, message])
    assert again == first
    assert await locks.acquire([again, duplicate]) == [Claim.ACQUIRED, Claim.HELD]


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("outage", [0.5, 3.0])
async def test_a_lock_whose_release_failed_costs_its_message_no_receive(*, required: bool, outage: float) -> None:
    class Failing(ScriptedInvoker):
        async def invoke(self, message: Message) -> Outcome:
            store.away = message.receive_count == 1
            return await super().invoke(message)

    queue, store = EmbeddedQueue(clock=LoopClock(), max_receive_count=2), TroubledLockStore()
    queue.send("x")
    invoker = Failing({"x": [Failed("status 500"), Succeeded()]})
    options = DaemonOptions(locker_required=required, error_visibility_timeout=5.0)
    daemon = make_daemon(queue=queue, invoker=invoker, lock_store=store, options=options)

    async with running(daemon):
        await until(lambda: store.away)
        await asyncio.sleep(outage)
        store.away = False
        await until(lambda: queue.is_empty, within=60.0)
    assert [message.receive_count for message in invoker.invoked] == [1, 2]
    assert not queue.dead_letters


async def test_a_lock_whose_release_failed_is_free_for_a_message_that_comes_before_the_store_is_checked() -> None:
    store = TroubledLockStore()
    locks = locks_of(store)
    message = Message(id=MessageId("a"), receipt=ReceiptHandle("r"), body="")
    [lock] = locks.new([message])
    assert await locks.acquire([lock]) == [Claim.ACQUIRED]
    store.away = True
    await locks.release([lock])
    store.away = False
    [again] = locks.new([message])
    assert await locks.acquire([again]) == [Claim.ACQUIRED]
    await locks.check()
    [other] = locks_of(store, instance="there").new([message])
    assert await store.acquire([other], lease=1.0) == [Claim.HELD]


async def test_a_lock_whose_release_failed_is_free_for_others_once_the_store_is_back() -> None:
    store = TroubledLockStore()
    locks, others = locks_of(store), locks_of(store, instance="there")
    message = Message(id=MessageId("a"), receipt=ReceiptHandle("r"), body="")
    [lock], [other] = locks.new([message]), others.new([message])
    assert await locks.acquire([lock]) == [Claim.ACQUIRED]
    store.away = True
    await locks.release([lock])
    store.away = False
    await locks.check()
    assert await others.acquire([other]) == [Claim.ACQUIRED]


@pytest.mark.parametrize("how", ["away", "restarted empty"])
@pytest.mark.parametrize("required", [False, True])
async def test_what_runs_here_is_not_run_twice_whatever_the_store_knows(how: str, *, required: bool) -> None:
    faults = Faults()
    queue = EmbeddedQueue(clock=LoopClock(), faults=faults)
    queue.send("job")
    store = TroubledLockStore()
    invoker = ScriptedInvoker(duration=20.0)
    options = DaemonOptions(slots=3, wait_time=1.0, locker_required=required)
    daemon = make_daemon(queue=queue, invoker=invoker, lock_store=store, options=options)

    async with running(daemon):
        await until(lambda: invoker.running == 1)
        store.away = how == "away"
        store.forget()
        faults.add(Fault(kind=FaultKind.DUPLICATE, operation="ReceiveMessage", count=1))
        await until(lambda: daemon.snapshot().duplicates == 1, within=3.0)
        store.away = False
        await until(lambda: queue.is_empty, within=60.0)

    assert len(invoker.invoked) == 1


@pytest.mark.parametrize("how", ["was away", "restarted empty"])
async def test_a_running_message_is_locked_again_and_no_other_daemon_runs_it(
    how: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    faults = Faults()
    queue = EmbeddedQueue(clock=LoopClock(), faults=faults)
    queue.send("job")
    store = TroubledLockStore()
    store.away = how == "was away"
    one, two = ScriptedInvoker(duration=300.0), ScriptedInvoker(duration=300.0)
    options = DaemonOptions(slots=1, wait_time=1.0, visibility_timeout=30.0, invoker_timeout=600.0)
    first = make_daemon(queue=queue, invoker=one, lock_store=store, options=options, instance="one")
    second = make_daemon(queue=queue, invoker=two, lock_store=store, options=options, instance="two")

    async with running(first):
        await until(lambda: one.running == 1)
        store.forget()
        store.away = False
        await until(lambda: "running message locked again" in caplog.messages, within=20.0)
        async with running(second):
            faults.add(Fault(kind=FaultKind.DUPLICATE, operation="ReceiveMessage", count=1))
            await until(lambda: "message is locked by another daemon" in caplog.messages, within=20.0)
            await until(lambda: queue.is_empty, within=400.0)

    assert (len(one.invoked), len(two.invoked)) == (1, 0)
    assert "lock lost while the job runs" not in caplog.messages


async def test_a_lock_that_another_has_is_lost_and_stays_theirs() -> None:
    store = TroubledLockStore()
    locks = locks_of(store)
    ours, done = locks.new(messages(2))
    await locks.acquire([ours, done])
    store.forget()
    theirs = Lock(ours.message_id, "theirs")
    await store.acquire([theirs], lease=60.0)
    await store.complete([Lock(done.message_id, "theirs")], expire=60.0)

    assert await locks.renew([ours, done]) == [ours, done]
    assert await store.renew([theirs], lease=60.0) == []


class SlowLockStore(MemoryLockStore):
    """Takes ten milliseconds per call."""

    async def renew(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Lock]:
        await asyncio.sleep(0.01)
        return await super().renew(locks, lease=lease)

    async def complete(self, locks: Sequence[Lock], *, expire: float) -> None:
        await asyncio.sleep(0.01)
        await super().complete(locks, expire=expire)


async def test_a_job_that_ends_during_a_renewal_has_lost_no_lock(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    queue.send("x")
    store = SlowLockStore(clock=LoopClock())
    invoker = ScriptedInvoker(duration=14.998)
    options = DaemonOptions(visibility_timeout=30.0, wait_time=1.0)

    async with running(make_daemon(queue=queue, invoker=invoker, lock_store=store, options=options)):
        await until(lambda: queue.is_empty, within=60.0)

    assert "lock lost while the job runs" not in caplog.messages


@pytest.mark.parametrize("first_back", ["the store", "the queue"])
async def test_what_was_done_while_store_and_queue_were_away_is_not_run_again(
    queue: EmbeddedQueue, first_back: str
) -> None:
    queue.send("x")
    store, troubled = TroubledLockStore(), TroubledQueue(queue)
    invoker = ScriptedInvoker(duration=3.0)
    options = DaemonOptions(wait_time=1.0, visibility_timeout=30.0)
    daemon = make_daemon(queue=troubled, invoker=invoker, lock_store=store, options=options)

    async with running(daemon):
        await until(lambda: invoker.running == 1)
        store.away = True
        for operation in ("receive", "delete", "change_visibility"):
            troubled.fail(operation, QueueUnavailable(), times=10_000)
        await asyncio.sleep(600.0)
        store.away = first_back == "the queue"
        await asyncio.sleep(60.0 if first_back == "the store" else 0.0)
        troubled.heal()
        await until(lambda: queue.is_empty, within=100.0)

    assert len(invoker.invoked) == 1


async def test_another_daemon_learns_what_was_done_while_the_store_was_away() -> None:
    store = TroubledLockStore()
    locks = locks_of(store)
    done = locks.new(messages(MAX_REMEMBERED + 1))
    store.away = True
    for lock in done:
        await locks.complete([lock])
    store.away = False
    await locks.check()

    theirs = [Lock(lock.message_id, "theirs") for lock in done]
    assert await store.acquire(theirs, lease=60.0) == [Claim.ACQUIRED] + [Claim.DONE] * MAX_REMEMBERED
    assert max(store.completed) <= SLICE


async def test_what_was_done_is_told_once_and_goes_on_where_it_failed() -> None:
    store = TroubledLockStore()
    locks = locks_of(store)
    store.away = True
    await locks.complete(locks.new(messages(SLICE * 3)))
    store.away = False
    store.completes = 1
    await locks.check()
    assert store.completed == [SLICE]

    store.completes = 100
    await locks.check()
    await locks.check()
    assert store.completed == [SLICE] * 3


class ForgetfulLockStore(MemoryLockStore):
    """A lock store with a bug: it does not say what became of the locks of messages."""

    def __init__(self, answer: Any) -> None:
        super().__init__(clock=LoopClock())
        self._answer = answer

    async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:
        claims = await super().acquire(locks, lease=lease)
        return claims if any("check" in lock.message_id for lock in locks) else self._answer


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("answer", [None, [], [Claim.ACQUIRED] * 2, 1])
async def test_a_store_that_does_not_answer_for_each_lock_ends_the_daemon(
    queue: EmbeddedQueue, answer: Any, *, required: bool
) -> None:
    queue.send("a")
    job = ScriptedInvoker()
    options = DaemonOptions(locker_required=required)
    daemon = make_daemon(queue=queue, invoker=job, lock_store=ForgetfulLockStore(answer), options=options)
    with pytest.raises(TypeError, match="acquire has to return one Claim per lock, here 1; it returned"):
        async with asyncio.timeout(60.0):
            await daemon.run()
    assert not job.invoked
