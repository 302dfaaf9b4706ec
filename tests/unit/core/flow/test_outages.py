"""What an outage of the worker costs the messages: few receives, and none of them its life."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

import pytest

from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core.errors import QueueUnavailable
from sqsd_core.flow.daemon import Daemon
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.message import Message
from sqsd_core.outcome import Failed, Interrupted, Outcome, RetryLater, Succeeded, Unavailable
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.breaker import State
from sqsd_core.policy.locking import Claim, Lock
from tests.support.several import daemon_of, queue_plan, worker_plan
from tests.support.troubled_queue import TroubledQueue

MINUTE = 60.0
SUCCEEDED = Succeeded()
REFUSED = Unavailable("connection refused", unsent=True)
DROPPED = Unavailable("connection reset")


class Worker:
    """A worker in an outage of some kind, and the probe that looks at it."""

    def __init__(self, *, during: Outcome = SUCCEEDED, reachable: bool = True, latency: float = 0.001) -> None:
        self.during = during
        self.reachable = reachable
        self._latency = latency
        self.poison = "poison"
        self.invoked: list[Message] = []
        self.done: list[str] = []
        self.probed = 0
        self._probing = 0

    def recover(self) -> None:
        self.during, self.reachable = Succeeded(), True

    async def invoke(self, message: Message) -> Outcome:
        self.invoked.append(message)
        await asyncio.sleep(self._latency)
        if message.body.startswith(self.poison):
            return DROPPED
        if isinstance(self.during, Succeeded):
            self.done.append(message.body)
        return self.during

    async def probe(self) -> bool:
        assert not self._probing, "one probe at a time"
        self.probed += 1
        self._probing += 1
        try:
            await asyncio.sleep(self._latency)
        finally:
            self._probing -= 1
        return self.reachable

    @property
    def receives(self) -> int:
        """The highest receive count that the worker saw."""
        return max(message.receive_count for message in self.invoked)


class Punctual(Worker):
    """Notes what it gets while it is ``shut``."""

    def __init__(self) -> None:
        super().__init__()
        self.is_shut: Callable[[], bool] = lambda: False
        self.late: list[Message] = []

    async def invoke(self, message: Message) -> Outcome:
        if self.is_shut():
            self.late.append(message)
        return await super().invoke(message)


def state(daemon: Daemon) -> State:
    return daemon.snapshot().breaker.state


def filled(count: int, *, max_receive_count: int | None = 3, name: str = "jobs") -> EmbeddedQueue:
    queue = EmbeddedQueue(clock=LoopClock(), name=name, max_receive_count=max_receive_count)
    for number in range(count):
        queue.send(f"m{number}", group_id=f"g{number % 7}" if name.endswith(".fifo") else None)
    return queue


@pytest.mark.parametrize("name", ["jobs", "jobs.fifo"])
async def test_no_slot_starts_a_message_once_the_breaker_is_open_though_answers_come_in_one_turn(name: str) -> None:
    stored, worker = filled(0, name=name), Punctual()
    for number in range(600):
        stored.send(f"m{number}", group_id=f"g{number // 2}" if name.endswith(".fifo") else None)
    queue = TroubledQueue(stored)
    queue.delay["receive"] = 0.05  # so that messages are buffered
    options = DaemonOptions(slots=4, breaker_failures=5, receivers=4)
    daemon = make_daemon(queue=queue, invoker=worker, probe=worker, options=options)
    worker.is_shut = lambda: state(daemon) is State.OPEN

    async with running(daemon):
        await until(lambda: daemon.snapshot().buffered >= 8)
        worker.during = Unavailable("status 503")
        await until(lambda: state(daemon) is State.OPEN)
        await asyncio.sleep(1.0)
        assert daemon.snapshot().buffered == 0
        worker.recover()
        await until(lambda: stored.is_empty, within=3_600.0)
    assert not worker.late
    assert not stored.dead_letters


def daemon_for(queue: EmbeddedQueue, worker: Worker, **options: float) -> Daemon:
    return make_daemon(queue=queue, invoker=worker, probe=worker, options=DaemonOptions(**options))  # type: ignore[arg-type]


async def taken_by_another(queue: EmbeddedQueue) -> None:
    """Another daemon runs the next message."""
    (message,) = await queue.receive(max_messages=1, wait=20.0, visibility=30.0)
    await queue.delete([message.receipt])


SHAPES = pytest.mark.parametrize(
    ("slots", "receivers"), [(1, 1), (4, 1), (16, 4)], ids=["one slot", "four slots", "sixteen slots"]
)


@SHAPES
@pytest.mark.parametrize("outage", [20.0, 80.0, 3_600.0, 6 * 3_600.0])
@pytest.mark.parametrize("latency", [0.001, 5.0], ids=["refused", "timed out"])
@pytest.mark.parametrize("max_receive_count", [2, 3])
async def test_row_33_a_refused_message_costs_two_receives_however_long(
    slots: int, receivers: int, outage: float, latency: float, max_receive_count: int
) -> None:
    queue = filled(1, max_receive_count=max_receive_count)
    worker = Worker(during=REFUSED, reachable=False, latency=latency)

    async with running(daemon_for(queue, worker, slots=slots, receivers=receivers)):
        await asyncio.sleep(outage)
        worker.recover()
        await until(lambda: queue.is_empty, within=2 * MINUTE)

    assert worker.done == ["m0"]
    assert worker.receives <= 2


async def test_row_33_the_first_refusal_opens_the_breaker_by_the_probe() -> None:
    queue = filled(1)
    worker = Worker(during=REFUSED, reachable=False)
    daemon = daemon_for(queue, worker)

    async with running(daemon):
        await until(lambda: state(daemon) is State.OPEN, within=0.1)
        assert len(worker.invoked) == 1


@SHAPES
@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize("outage", [MINUTE, 10 * MINUTE])
@pytest.mark.parametrize("name", ["jobs", "jobs.fifo"])
async def test_row_32_a_worker_that_drops_every_connection_costs_no_message_its_life(
    slots: int, receivers: int, count: int, outage: float, name: str
) -> None:
    queue = filled(count, name=name)
    worker = Worker(during=DROPPED)
    daemon = daemon_for(queue, worker, slots=slots, receivers=receivers)

    async with running(daemon):
        await asyncio.sleep(outage)
        assert daemon.snapshot().breaker.openings
        assert queue.dead_letters == []
        worker.recover()
        await until(lambda: queue.is_empty, within=2 * MINUTE)

    assert queue.dead_letters == []
    assert sorted(worker.done) == sorted(f"m{number}" for number in range(count))


@SHAPES
@pytest.mark.parametrize("asked", [0.5, 45.0])
async def test_row_49_a_maintenance_page_spares_the_backlog_and_is_left_alone_for_as_long_as_it_asks(
    slots: int, receivers: int, asked: float
) -> None:
    queue = filled(50)
    worker = Worker(during=Unavailable("status 503", after=asked))
    daemon = daemon_for(queue, worker, slots=slots, receivers=receivers)

    async with running(daemon):
        await until(lambda: state(daemon) is State.OPEN, within=5 * asked + 20.0)
        breaker = daemon.snapshot().breaker
        assert breaker.until - breaker.since >= asked
        await asyncio.sleep(5 * MINUTE)
        worker.recover()
        await until(lambda: queue.is_empty, within=3 * MINUTE)

    assert queue.dead_letters == []


@SHAPES
@pytest.mark.parametrize("name", ["jobs", "jobs.fifo"])
async def test_poison_reaches_the_dead_letters_and_the_others_do_not_wait_for_it(
    slots: int, receivers: int, name: str
) -> None:
    queue = filled(0, name=name)
    worker = Worker()
    group = "p" if name.endswith(".fifo") else None
    queue.send("poison", group_id=group)
    for number in range(20):
        queue.send(f"m{number}", group_id=group and f"g{number}")
    daemon = daemon_for(queue, worker, slots=slots, receivers=receivers)

    async with running(daemon):
        await until(lambda: len(worker.done) == 20, within=10.0)
        await until(lambda: queue.dead_letters == ["poison"], within=MINUTE)
        assert state(daemon) is State.CLOSED


@SHAPES
@pytest.mark.parametrize("poison", [1, 5])
async def test_a_queue_of_nothing_but_poison_lets_a_good_message_through_and_ends_in_the_dead_letters(
    slots: int, receivers: int, poison: int
) -> None:
    queue = filled(0)
    worker = Worker()
    for number in range(poison):
        queue.send(f"poison {number}")
    daemon = daemon_for(queue, worker, slots=slots, receivers=receivers)

    async with running(daemon):
        await until(lambda: state(daemon) is not State.CLOSED, within=MINUTE)
        await asyncio.sleep(20.0)
        queue.send("good")
        await until(lambda: worker.done == ["good"], within=15 * MINUTE)
        await until(lambda: len(queue.dead_letters) == poison, within=3_600.0)


async def test_poison_alone_is_not_tried_for_ever() -> None:
    queue = filled(0)
    queue.send("poison")
    worker = Worker()

    async with running(daemon_for(queue, worker)):
        await until(lambda: queue.dead_letters == ["poison"], within=20 * MINUTE)


async def test_row_46_the_daemon_is_ready_as_soon_as_the_probe_succeeds_with_an_empty_queue() -> None:
    queue = filled(1)
    worker = Worker(during=REFUSED, reachable=False)
    daemon = daemon_for(queue, worker, wait_time=1.0)  # a longer poll would bring the message again, to be held

    async with running(daemon):
        await until(lambda: state(daemon) is State.OPEN)
        await taken_by_another(queue)
        await asyncio.sleep(MINUTE)
        assert not daemon.ready
        worker.recover()
        probed = worker.probed
        await until(lambda: worker.probed > probed, within=31.0)
        await until(lambda: daemon.ready, within=0.1)
        assert daemon.snapshot().closures == ()
        await asyncio.sleep(MINUTE)
        assert daemon.ready


async def test_one_refusal_among_many_answers_stops_nothing_and_probes_little() -> None:
    queue = filled(3_000, max_receive_count=None)
    worker = Worker()
    random = Random(0)

    class Flaky:
        async def invoke(self, message: Message) -> Outcome:
            outcome = await worker.invoke(message)
            return DROPPED if random.random() < 0.05 else outcome

    daemon = make_daemon(queue=queue, invoker=Flaky(), probe=worker, options=DaemonOptions(slots=16))
    opened: list[float] = []

    async with running(daemon):
        start = asyncio.get_running_loop().time()
        while not queue.is_empty:
            await asyncio.sleep(0.05)
            if state(daemon) is not State.CLOSED:
                opened.append(asyncio.get_running_loop().time())
        took = asyncio.get_running_loop().time() - start

    assert not opened
    assert worker.probed <= took / DaemonOptions().breaker_cooldown + 1


async def test_an_answer_from_before_the_outage_does_not_close_the_breaker() -> None:
    queue = filled(0)
    queue.send("long")
    worker = Worker()

    class Mixed:
        async def invoke(self, message: Message) -> Outcome:
            if message.body == "long":
                await asyncio.sleep(30.0)
                return Succeeded()
            return await worker.invoke(message)

    options = DaemonOptions(slots=3, breaker_cooldown=20.0, breaker_cooldown_max=20.0, wait_time=1.0)
    daemon = make_daemon(queue=queue, invoker=Mixed(), probe=worker, options=options)

    async with running(daemon):
        await asyncio.sleep(5.0)
        worker.during, worker.reachable = REFUSED, False
        queue.send("refused")
        await until(lambda: state(daemon) is State.OPEN)
        await taken_by_another(queue)
        worker.reachable = True
        await until(lambda: state(daemon) is State.TRIAL)
        await asyncio.sleep(20.0)
        assert daemon.snapshot().outcomes["Succeeded"] == 1
        assert state(daemon) is State.TRIAL


@pytest.mark.parametrize("body", ["m0", "other"])
async def test_a_trial_whose_connection_is_interrupted_is_given_again(body: str) -> None:
    queue = filled(1)
    worker = Worker(during=REFUSED, reachable=False)
    daemon = daemon_for(queue, worker)

    async with running(daemon):
        await until(lambda: state(daemon) is State.OPEN)
        worker.during, worker.reachable = Interrupted("connection closed"), True
        await until(lambda: len(worker.invoked) == 2, within=10.0)
        worker.recover()
        await until(lambda: queue.is_empty, within=10.0)


async def test_a_failure_of_the_job_is_an_answer_to_the_trial() -> None:
    queue = filled(1)
    worker = Worker(during=REFUSED, reachable=False)
    daemon = daemon_for(queue, worker)

    async with running(daemon):
        await until(lambda: state(daemon) is State.OPEN)
        worker.during, worker.reachable = Failed("status 500"), True
        await until(lambda: state(daemon) is State.CLOSED)


@pytest.mark.parametrize("outcome", [Failed("no such object", invoked=False), RetryLater(30.0, invoked=False)])
async def test_an_outcome_of_a_message_that_was_not_invoked_is_no_answer_to_the_trial(outcome: Outcome) -> None:
    queue = filled(1, max_receive_count=None)
    worker = Worker(during=REFUSED, reachable=False)
    daemon = daemon_for(queue, worker)

    async with running(daemon):
        await until(lambda: state(daemon) is State.OPEN)
        worker.during, worker.reachable = outcome, True
        await until(lambda: len(worker.invoked) == 3, within=2 * MINUTE)
        assert state(daemon) is State.TRIAL
        worker.recover()
        await until(lambda: queue.is_empty, within=2 * MINUTE)
        assert state(daemon) is State.CLOSED


async def test_a_message_that_is_held_is_no_job_in_flight() -> None:
    queue = filled(1)
    daemon = daemon_for(queue, Worker(during=DROPPED), wait_time=1.0)

    async with running(daemon):
        await until(lambda: "1 held" in repr(daemon))
        assert daemon.snapshot().tasks == []


async def test_a_drain_releases_what_is_held() -> None:
    queue = filled(1)
    worker = Worker(during=DROPPED)
    daemon = daemon_for(queue, worker, wait_time=1.0)

    async with running(daemon):
        await until(lambda: "1 held" in repr(daemon))
        assert (queue.visible, queue.in_flight) == (0, 1)
        daemon.drain()
        await until(lambda: queue.visible == 1, within=1.0)


async def test_cancelling_the_daemon_releases_what_is_held() -> None:
    queue = filled(1)
    daemon = daemon_for(queue, Worker(during=DROPPED), wait_time=0.0)
    task = asyncio.create_task(daemon.run())
    await until(lambda: "1 held" in repr(daemon))

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (queue.visible, queue.in_flight) == (1, 0)


@pytest.mark.parametrize("seed", range(40))
async def test_random_outages_of_every_kind_lose_nothing_and_end(seed: int) -> None:
    random = Random(seed)
    kinds: list[Outcome] = [SUCCEEDED, DROPPED, REFUSED, Interrupted("closed"), Failed("status 500")]
    name = random.choice(["jobs", "jobs.fifo"])
    count = random.choice([1, 2, 10, 40])
    queue = filled(count, name=name, max_receive_count=None)
    worker = Worker(latency=random.choice([0.001, 0.5, 5.0]))
    daemon = daemon_for(
        queue, worker, slots=random.choice([1, 4, 16]), receivers=random.choice([1, 4]), visibility_timeout=20.0
    )

    async with running(daemon):
        for _ in range(10):
            worker.during = random.choice(kinds)
            worker.reachable = random.random() < 0.5 or isinstance(worker.during, Succeeded)
            # A worker that interrupts each connection is tried again at once, so that is kept short.
            await asyncio.sleep(random.uniform(0.0, 0.5 if isinstance(worker.during, Interrupted) else 90.0))
        worker.recover()
        await until(lambda: queue.is_empty, within=3_600.0, step=1.0)
        await until(lambda: daemon.ready, within=MINUTE)
        assert daemon.snapshot().closures == () or {c.reason for c in daemon.snapshot().closures} == {Reason.SLOTS_BUSY}

    assert set(worker.done) == {f"m{number}" for number in range(count)}


class Stopped(LoopClock):
    """A clock of a process that can be stopped, as SIGSTOP does: time passes, and nothing runs meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.lost = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.lost

    def now(self) -> float:
        return super().now() + self.lost


class StoppedStore(MemoryLockStore):
    """The process is stopped as soon as the trial's lock is acquired."""

    def __init__(self, *, clock: Stopped) -> None:
        super().__init__(clock=clock)
        self._stopped = clock
        self.daemon: Daemon | None = None

    async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:
        claims = await super().acquire(locks, lease=lease)
        if self.daemon is not None and state(self.daemon) is State.TRIAL and not self._stopped.lost:
            self._stopped.lost = 600.0
        return claims


async def test_row_42_a_trial_whose_visibility_ended_while_the_process_was_stopped_is_given_again() -> None:
    clock = Stopped()
    queue = EmbeddedQueue(clock=clock, max_receive_count=3)
    queue.send("m0")
    worker = Worker(during=REFUSED, reachable=False)
    store = StoppedStore(clock=clock)
    store.daemon = daemon = make_daemon(
        queue=queue,
        invoker=worker,
        probe=worker,
        clock=clock,
        lock_store=store,
        options=DaemonOptions(visibility_timeout=10.0, wait_time=1.0),  # the trial is to be a fresh one
    )

    async with running(daemon):
        await until(lambda: state(daemon) is State.OPEN)
        worker.recover()
        await until(lambda: clock.lost > 0.0)
        await until(lambda: queue.is_empty, within=MINUTE)
        assert state(daemon) is State.CLOSED

    assert worker.done == ["m0"]


async def test_messages_that_are_held_through_a_stop_are_not_lost() -> None:
    clock = Stopped()
    queue = EmbeddedQueue(clock=clock, max_receive_count=3)
    queue.send("m0")
    worker = Worker(during=DROPPED)
    daemon = make_daemon(
        queue=queue, invoker=worker, probe=worker, clock=clock, options=DaemonOptions(visibility_timeout=10.0)
    )

    async with running(daemon):
        await until(lambda: "1 held" in repr(daemon))
        clock.lost = 600.0
        worker.recover()
        await until(lambda: queue.is_empty, within=MINUTE)

    assert worker.done == ["m0"]


async def test_a_trial_that_brings_only_a_message_that_runs_elsewhere_is_given_again() -> None:
    queue = filled(1)
    worker = Worker(during=REFUSED, reachable=False)
    locks = MemoryLockStore(clock=LoopClock())
    options = DaemonOptions(error_visibility_timeout=60.0, wait_time=1.0)
    daemon = make_daemon(queue=queue, invoker=worker, probe=worker, lock_store=locks, options=options)

    async with running(daemon):
        await until(lambda: state(daemon) is State.OPEN)
        await asyncio.sleep(1.5)  # the long poll is over
        queue.send("elsewhere")
        (peeked,) = await queue.receive(max_messages=1, wait=0.0, visibility=0.0)
        assert await locks.acquire([Lock(peeked.id, "another")], lease=15.0) == [Claim.ACQUIRED]
        worker.recover()
        await until(lambda: daemon.snapshot().held_elsewhere == 1)
        assert state(daemon) is State.TRIAL
        queue.send("mine")
        await until(lambda: worker.done == ["mine"], within=25.0)


async def test_a_trial_whose_receive_fails_is_given_again() -> None:
    queue = filled(1)
    worker = Worker(during=REFUSED, reachable=False)
    troubled = TroubledQueue(queue)
    daemon = make_daemon(queue=troubled, invoker=worker, probe=worker)

    async with running(daemon):
        await until(lambda: state(daemon) is State.OPEN)
        troubled.fail("receive", QueueUnavailable(), times=2)
        worker.recover()
        await until(lambda: queue.is_empty, within=MINUTE)


async def test_a_long_poll_that_ends_after_the_breaker_has_opened_costs_the_lone_message_no_third_receive() -> None:
    queue = filled(1)
    worker = Worker(during=REFUSED, reachable=False)
    daemon = daemon_for(queue, worker, slots=2)

    async with running(daemon):
        await until(lambda: "1 held" in repr(daemon), within=3.0)  # its back-off is over before the long poll is
        worker.recover()
        await until(lambda: queue.is_empty, within=31.0)

    assert [message.receive_count for message in worker.invoked] == [1, 2]


async def test_what_is_unwelcome_for_another_reason_is_released_and_not_held() -> None:
    queue = filled(1, max_receive_count=None)
    worker = Worker()
    daemon = daemon_for(queue, worker)
    (seen,) = await queue.receive(max_messages=1, wait=0.0, visibility=5.0)

    async with running(daemon):
        await asyncio.sleep(2.0)
        daemon.crew.sources[""].admission.close(Reason.DELETES_REFUSED)
        await until(lambda: daemon.snapshot().received == 1)
        await until(lambda: queue.visible == 1, within=1.0)

    assert worker.invoked == []
    assert seen.receive_count == 1


async def test_a_healthy_daemon_gets_the_messages_that_another_put_off() -> None:
    queue = filled(10, max_receive_count=None)
    sick, healthy = Worker(during=DROPPED), Worker()
    locks = MemoryLockStore(clock=LoopClock())
    daemons = [
        make_daemon(queue=queue, invoker=worker, probe=worker, lock_store=locks, instance=name)
        for worker, name in ((sick, "sick"), (healthy, "healthy"))
    ]

    async with running(daemons[0]):
        await until(lambda: state(daemons[0]) is State.OPEN)
        async with running(daemons[1]):
            await until(lambda: queue.is_empty, within=15 * MINUTE, step=0.5)


async def test_late_failures_from_before_the_breaker_closed_are_not_counted() -> None:
    queue = filled(0)

    class Job:
        slow = True

        async def invoke(self, message: Message) -> Outcome:
            if message.body.startswith("slow"):
                await asyncio.sleep(30.0)
                return DROPPED
            return REFUSED if worker.during is REFUSED else SUCCEEDED

    worker = Worker()
    options = DaemonOptions(slots=8)
    daemon = make_daemon(queue=queue, invoker=Job(), probe=worker, options=options)

    async with running(daemon):
        for number in range(6):
            queue.send(f"slow {number}")
        await until(lambda: len(daemon.snapshot().tasks) == 6)
        worker.during, worker.reachable = REFUSED, False
        queue.send("quick")
        await until(lambda: state(daemon) is State.OPEN)
        worker.recover()
        await until(lambda: state(daemon) is State.CLOSED, within=20.0)
        since = daemon.snapshot().breaker.since
        await asyncio.sleep(30.0)
        assert daemon.snapshot().outcomes["Unavailable"] >= 7
        assert daemon.snapshot().breaker.since == since


async def test_a_breaker_opens_again_though_the_wall_clock_was_set_back() -> None:
    clock, worker = LoopClock(), Worker()
    queue = EmbeddedQueue(clock=LoopClock(), max_receive_count=3)
    options = DaemonOptions(slots=4, wait_time=1.0)
    daemon = make_daemon(queue=queue, invoker=worker, probe=worker, clock=clock, options=options)

    async def outage(seconds: float) -> None:
        for number in range(50):
            queue.send(str(number))
        worker.during, worker.reachable = REFUSED, False
        await asyncio.sleep(seconds)
        worker.recover()
        await until(lambda: queue.is_empty, within=600.0)

    async with running(daemon):
        await outage(120.0)
        clock.jump = -3_600.0
        await outage(120.0)
    assert not queue.dead_letters


async def on_their_last_receive(queue: EmbeddedQueue, *, spent: int) -> None:
    """Let other consumers have received each message so often."""
    for _ in range(spent):
        while messages := await queue.receive(max_messages=10, wait=0.0, visibility=1.0):
            assert messages
        await asyncio.sleep(1.5)


@pytest.mark.parametrize("name", ["jobs", "jobs.fifo"])
@pytest.mark.parametrize("spent", [0, 1, 4])
async def test_what_waits_for_a_slot_on_its_last_receive_is_held_when_the_breaker_opens(name: str, spent: int) -> None:
    stored, worker = filled(0, max_receive_count=spent + 1, name=name), Worker(latency=0.02)
    for number in range(60):
        stored.send(f"m{number}", group_id=f"g{number}" if name.endswith(".fifo") else None)
    await on_their_last_receive(stored, spent=spent)
    queue = TroubledQueue(stored)
    queue.delay["receive"] = 0.05  # so that messages are buffered
    options = DaemonOptions(slots=2)
    daemon = make_daemon(queue=queue, invoker=worker, probe=worker, options=options)

    async with running(daemon):
        await until(lambda: daemon.snapshot().buffered >= 5)
        worker.during, worker.reachable = REFUSED, False
        await until(lambda: state(daemon) is State.OPEN)
        await asyncio.sleep(10 * MINUTE)
        worker.recover()
        await until(lambda: stored.is_empty, within=10 * MINUTE)

    assert stored.dead_letters == []
    assert sorted(worker.done) == sorted(f"m{number}" for number in range(60))


@pytest.mark.parametrize("name", ["jobs", "jobs.fifo"])
@pytest.mark.parametrize("spent", [0, 2])
async def test_no_message_becomes_a_dead_letter_untried_while_only_the_probe_reaches_the_worker(
    name: str, spent: int
) -> None:
    stored, worker = filled(0, max_receive_count=spent + 1, name=name), Worker(latency=0.02)
    for number in range(60):
        stored.send(f"m{number}", group_id=f"g{number}" if name.endswith(".fifo") else None)
    await on_their_last_receive(stored, spent=spent)
    queue = TroubledQueue(stored)
    queue.delay["receive"] = 0.05  # so that messages are buffered
    daemon = make_daemon(queue=queue, invoker=worker, probe=worker, options=DaemonOptions(slots=2))

    async with running(daemon):
        await until(lambda: daemon.snapshot().buffered >= 5)
        worker.during = Unavailable("status 503")
        await until(lambda: state(daemon) is State.OPEN)
        await asyncio.sleep(10 * MINUTE)
        worker.recover()
        await until(lambda: stored.is_empty, within=15 * MINUTE)

    tried = {message.body for message in worker.invoked}
    assert not set(stored.dead_letters) - tried


class AwayAfterFailures(Worker):
    """Fails each message at its first receive, and drops the connection at the next ones."""

    async def invoke(self, message: Message) -> Outcome:
        await super().invoke(message)
        return Failed("status 500") if message.receive_count == 1 else DROPPED


class Hiccup(MemoryLockStore):
    """Releases locks at once, but takes as long as a call may take for the next ones once it ``hesitates``."""

    hesitates = hesitating = False

    async def release(self, locks: Sequence[Lock]) -> None:
        if self.hesitates:
            self.hesitates, self.hesitating = False, True
            await asyncio.sleep(0.5)
        await super().release(locks)


async def test_a_queue_that_leaves_gives_back_a_held_message_that_is_being_put_off() -> None:
    worker, queue, store = AwayAfterFailures(), filled(8, max_receive_count=None), Hiccup(clock=LoopClock())
    plan = replace(queue_plan("jobs", queue, visibility_timeout=600.0, wait_time=1.0), lock_store=store)
    daemon = daemon_of(
        [worker_plan("web", worker, slots=8, probe=worker, breaker_failures=2)], [plan, queue_plan("others", filled(0))]
    )

    async with running(daemon):
        await until(lambda: daemon.snapshot().workers["web"].breaker.state is State.OPEN, within=MINUTE)
        store.hesitates = True
        await until(lambda: store.hesitating, within=MINUTE)  # after a trial that failed
        await (await daemon.crew.stop_queue("jobs")).ended.wait()
        await asyncio.sleep(MINUTE)
        assert queue.visible == 8


@pytest.mark.parametrize("wait", [0.1, 5.0], ids=["while it is put off", "afterwards"])
async def test_a_drain_gives_back_a_held_message_that_is_being_put_off(wait: float) -> None:
    class SlowReleases(MemoryLockStore):
        """Releases at the speed of a distant Redis."""

        releasing = 0

        async def release(self, locks: Sequence[Lock]) -> None:
            self.releasing += 1
            await asyncio.sleep(0.4)
            await super().release(locks)
            self.releasing -= 1

    clock, worker = LoopClock(), AwayAfterFailures()
    queue = filled(8, max_receive_count=None)
    options = DaemonOptions(slots=8, wait_time=1.0, visibility_timeout=60.0, breaker_failures=2)
    store = SlowReleases(clock=clock)
    daemon = make_daemon(queue=queue, invoker=worker, probe=worker, lock_store=store, clock=clock, options=options)

    async with running(daemon):
        await until(lambda: state(daemon) is State.OPEN, within=120.0)
        await until(lambda: store.releasing > 0, within=120.0, step=0.05)  # after a trial that failed
        await asyncio.sleep(wait)
        daemon.drain()
    await asyncio.sleep(10.0)
    assert queue.visible == 8
