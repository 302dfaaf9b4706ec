"""Workers that take several messages at once: what a batch is made of, and what becomes of its messages."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core import Daemon, Ending, Observer, Unrun
from sqsd_core.errors import QueueUnavailable
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.message import Message
from sqsd_core.outcome import Failed, Interrupted, Outcome, RetryLater, Succeeded, Unavailable
from sqsd_core.policy.breaker import State
from sqsd_core.policy.gathering import BEHIND
from sqsd_core.policy.locking import Lock
from sqsd_core.policy.periodic import attributes
from sqsd_core.ports.queue import Queue, VisibilityChange
from tests.support.several import daemon_of, queue_plan, worker_plan
from tests.support.several import filled as several_filled
from tests.support.troubled_queue import TroubledQueue

REFUSED = Unavailable("connection refused", unsent=True)
DROPPED = Unavailable("connection reset")


class Batches:
    """Notes each batch by its bodies; ``answer`` gives the outcomes."""

    def __init__(
        self, answer: Callable[[Sequence[Message]], Sequence[Outcome]] | None = None, *, duration: float = 0.01
    ) -> None:
        self._answer = answer or succeed
        self._duration = duration
        self.batches: list[list[str]] = []
        self.counts: list[int] = []
        self.reachable = False

    async def invoke(self, message: Message) -> Outcome:
        raise AssertionError(f"{message!r} came outside a batch")

    async def invoke_batch(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        self.batches.append([message.body for message in messages])
        self.counts += [message.receive_count for message in messages]
        await asyncio.sleep(self._duration)
        return self._answer(messages)

    async def probe(self) -> bool:
        return self.reachable


class Log(Observer):
    """Notes how each delivery ended, by its body."""

    def __init__(self) -> None:
        self.ends: list[tuple[str, object]] = []

    def settled(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        self.ends.append((message.body, outcome))

    def cut_off(self, queue: str, message: Message, outcome: Outcome | None) -> None:
        self.ends.append((message.body, outcome))

    def released(self, queue: str, message: Message, why: Unrun) -> None:
        self.ends.append((message.body, why))


def succeed(messages: Sequence[Message]) -> Sequence[Outcome]:
    return [Succeeded()] * len(messages)


def failing(*bodies: str, outcome: Outcome | None = None) -> Callable[[Sequence[Message]], Sequence[Outcome]]:
    """Fail these at their first receive."""

    def answer(messages: Sequence[Message]) -> Sequence[Outcome]:
        return [
            outcome or Failed("no") if message.body in bodies and message.receive_count == 1 else Succeeded()
            for message in messages
        ]

    return answer


def filled(count: int, *, name: str = "jobs", max_receive_count: int | None = None, groups: int = 1) -> EmbeddedQueue:
    queue = EmbeddedQueue(clock=LoopClock(), name=name, max_receive_count=max_receive_count)
    for number in range(count):
        queue.send(f"m{number}", group_id=f"g{number % groups}" if name.endswith(".fifo") else None)
    return queue


def daemon_for(queue: Queue, worker: Batches, *observers: Observer, **options: Any) -> Daemon:
    settings = {"batch_size": 10, "wait_time": 1.0, **options}
    return make_daemon(
        queue=queue, invoker=worker, probe=worker, options=DaemonOptions(**settings), observers=observers
    )


async def worked_off(queue: EmbeddedQueue, worker: Batches, *observers: Observer, **options: Any) -> Daemon:
    daemon = daemon_for(queue, worker, *observers, **options)
    async with running(daemon):
        await until(lambda: queue.is_empty, within=3_600.0)
    return daemon


def sizes(worker: Batches) -> list[int]:
    return [len(batch) for batch in worker.batches]


async def test_a_slot_runs_as_many_messages_as_a_batch_may_have() -> None:
    queue, worker = filled(20), Batches()

    daemon = await worked_off(queue, worker)

    assert sizes(worker) == [10, 10]
    assert sum(figures.deleted for figures in daemon.snapshot().queues.values()) == 20


async def test_while_a_batch_with_room_runs_its_slot_receives_nothing() -> None:
    queue, worker = filled(1), Batches(duration=60.0)

    async with running(daemon_for(queue, worker, visibility_timeout=120.0)):
        await asyncio.sleep(5.0)  # the receive that was under way has ended
        for number in range(5):
            queue.send(f"n{number}")
        await asyncio.sleep(30.0)
        assert queue.visible == 5


async def test_with_a_window_a_batch_waits_until_it_is_full() -> None:
    queue, worker = filled(10), Batches()

    async with running(daemon_for(queue, worker, batch_size=25, batch_window=60.0)):
        await asyncio.sleep(30.0)
        assert worker.batches == []
        for number in range(15):
            queue.send(f"n{number}")
        await until(lambda: sizes(worker) == [25], within=2.0)


async def test_and_starts_with_what_there_is_when_the_window_ends() -> None:
    queue, worker = filled(3), Batches()

    async with running(daemon_for(queue, worker, batch_window=5.0)):
        await asyncio.sleep(4.9)
        assert worker.batches == []
        await until(lambda: sizes(worker) == [3], within=0.2)


async def test_a_drain_does_not_wait_for_the_window() -> None:
    queue, worker = filled(3), Batches()

    async with running(daemon_for(queue, worker, batch_window=300.0)) as task:
        await asyncio.sleep(2.0)
    await task

    assert (worker.batches, queue.visible) == ([], 3)


async def test_messages_that_wait_for_a_window_beyond_their_visibility_are_kept() -> None:
    queue, worker = filled(3), Batches()

    await worked_off(queue, worker, batch_window=120.0, visibility_timeout=30.0)

    assert (sizes(worker), worker.counts) == ([3], [1, 1, 1])


async def test_only_what_failed_comes_back() -> None:
    queue, log = filled(10), Log()
    worker = Batches(failing("m3", "m7"))

    await worked_off(queue, worker, log)

    assert [sorted(batch) for batch in worker.batches[1:]] in ([["m3", "m7"]], [["m3"], ["m7"]], [["m7"], ["m3"]])
    assert log.ends.count(("m3", Failed("no"))) == 1
    assert len(log.ends) == 12


async def test_a_message_may_ask_for_its_own_delay() -> None:
    queue = filled(2)
    worker = Batches(failing("m1", outcome=RetryLater(30.0)))

    async with running(daemon_for(queue, worker)):
        await asyncio.sleep(29.0)
        assert worker.batches == [["m0", "m1"]]
        await until(lambda: worker.batches[1:] == [["m1"]], within=3.0)


@pytest.mark.parametrize("answer", [[], [Succeeded()] * 9, None, "done"])
async def test_an_invoker_that_does_not_answer_for_each_message_fails_all(answer: Any) -> None:
    queue, log = filled(10), Log()
    worker = Batches(lambda messages: answer if messages[0].receive_count == 1 else succeed(messages))

    await worked_off(queue, worker, log, slots=1)

    reason = "the invoker returned no outcomes for 10 messages"
    assert log.ends[:10] == [(f"m{number}", Failed(reason)) for number in range(10)]


async def test_an_invocation_beyond_the_time_limit_fails_all_of_it() -> None:
    queue, log, worker = filled(4), Log(), Batches(duration=100.0)

    async with running(daemon_for(queue, worker, log, invoker_timeout=10.0, error_visibility_timeout=900.0)):
        await until(lambda: len(log.ends) == 4)

    assert log.ends == [(f"m{number}", Failed("time limit of 10 s", full=True)) for number in range(4)]


class Outage:
    """A worker that cannot be reached until it is back."""

    def __init__(self, outcome: Outcome = REFUSED) -> None:
        self.outcome: Outcome | None = outcome

    def __call__(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        return [self.outcome or Succeeded()] * len(messages)


async def test_an_outage_counts_a_batch_as_one_try() -> None:
    outage = Outage(DROPPED)
    worker = Batches(outage)
    worker.reachable = True
    daemon = daemon_for(filled(10), worker, breaker_failures=3, error_visibility_timeout=1.0)

    async with running(daemon):
        await until(lambda: len(worker.batches) == 1)
        await asyncio.sleep(0.5)
        assert daemon.snapshot().breaker.failures == 1
        assert daemon.snapshot().breaker.state is State.CLOSED
        outage.outcome = None


@pytest.mark.parametrize("name", ["jobs", "jobs.fifo"])
@pytest.mark.parametrize("outcome", [REFUSED, DROPPED])
async def test_an_outage_takes_no_message_to_the_dead_letter_queue(name: str, outcome: Outcome) -> None:
    outage = Outage(outcome)
    worker = Batches(outage)
    queue = filled(40, name=name, max_receive_count=3, groups=7)
    daemon = daemon_for(queue, worker, slots=2)

    async with running(daemon):
        await asyncio.sleep(600.0)
        tries = len(worker.batches)
        outage.outcome, worker.reachable = None, True
        await until(lambda: queue.is_empty, within=600.0)

    assert [*queue.dead_letters] == []
    assert sorted({body for batch in worker.batches[tries:] for body in batch}) == sorted(f"m{n}" for n in range(40))
    assert max(worker.counts) <= 3


async def test_poison_that_fails_each_of_its_batches_takes_no_other_message_with_it() -> None:
    def answer(messages: Sequence[Message]) -> Sequence[Outcome]:
        bad = any(message.body in {"m3", "m14"} for message in messages)
        return [Failed("status 500") if bad else Succeeded()] * len(messages)

    worker = Batches(answer)
    queue = filled(40, max_receive_count=3)

    async with running(daemon_for(queue, worker, error_visibility_timeout_max=2.0)):
        await until(lambda: queue.is_empty, within=3_600.0)

    assert sorted(queue.dead_letters) == ["m14", "m3"]


async def test_a_group_runs_in_order_within_a_batch_and_over_batches() -> None:
    queue, worker = filled(25, name="jobs.fifo"), Batches()

    await worked_off(queue, worker)

    assert [body for batch in worker.batches for body in batch] == [f"m{number}" for number in range(25)]
    assert len(worker.batches) < 10


async def test_behind_a_failure_a_group_comes_back_in_order_and_other_groups_go_on() -> None:
    queue, log = filled(10, name="jobs.fifo", groups=2), Log()
    worker = Batches(failing("m4"))

    await worked_off(queue, worker, log)

    assert ("m6", BEHIND) in log.ends
    assert ("m8", BEHIND) in log.ends
    runs = [body for batch in worker.batches for body in batch]
    assert [body for body in runs if int(body[1:]) % 2] == ["m1", "m3", "m5", "m7", "m9"]
    assert [body for body in runs if not int(body[1:]) % 2] == ["m0", "m2", "m4", "m6", "m8", "m4", "m6", "m8"]


async def test_what_a_batch_left_of_a_failed_group_is_released() -> None:
    queue, log = filled(10, name="jobs.fifo"), Log()
    worker = Batches(failing("m1"))

    await worked_off(queue, worker, log, batch_size=3, slots=4)

    assert worker.batches[:2] == [["m0", "m1", "m2"], ["m1", "m2", "m3"]]
    assert ("m3", Unrun.BEHIND) in log.ends


async def test_followers_of_a_message_that_never_succeeds_do_not_become_dead_letters_with_it() -> None:
    def answer(messages: Sequence[Message]) -> Sequence[Outcome]:
        return [Failed("no") if message.body == "m0" else Succeeded() for message in messages]

    queue = filled(10, name="jobs.fifo", max_receive_count=4)

    await worked_off(queue, Batches(answer), error_visibility_timeout=2.0, error_visibility_timeout_max=2.0)

    assert [*queue.dead_letters] == ["m0"]


async def test_after_the_last_try_of_a_message_those_behind_it_run_though_it_was_theirs_too() -> None:
    def answer(messages: Sequence[Message]) -> Sequence[Outcome]:
        return [Failed("no") if message.body == "m0" else Succeeded() for message in messages]

    queue, worker = filled(5, name="jobs.fifo", max_receive_count=2), Batches(answer)
    messages = await queue.receive(max_messages=10, wait=0.0, visibility=60.0)  # by another daemon
    await queue.change_visibility([VisibilityChange(receipt=each.receipt, timeout=0.0) for each in messages])

    await worked_off(queue, worker)

    assert [*queue.dead_letters] == ["m0"]


async def test_with_one_receive_only_those_behind_a_batch_run_though_all_of_the_batch_comes_back() -> None:
    def answer(messages: Sequence[Message]) -> Sequence[Outcome]:
        return [Failed("no") if message.body == "m0" else Succeeded() for message in messages]

    queue, worker = filled(8, name="jobs.fifo", max_receive_count=1), Batches(answer)

    await worked_off(queue, worker, batch_size=2, slots=8)

    assert worker.batches == [["m0", "m1"], ["m2", "m3"], ["m4", "m5"], ["m6", "m7"]]
    assert [*queue.dead_letters] == ["m0", "m1"]


async def test_a_batch_that_is_interrupted_on_its_last_receive_is_tried_once_more() -> None:
    def answer(messages: Sequence[Message]) -> Sequence[Outcome]:
        return [Interrupted("closed")] * len(messages) if len(worker.batches) == 1 else succeed(messages)

    queue, worker = filled(3, max_receive_count=1), Batches(answer)

    await worked_off(queue, worker)

    assert worker.batches == [["m0", "m1", "m2"]] * 2
    assert [*queue.dead_letters] == []


class SlowReleases(MemoryLockStore):
    async def release(self, locks: Sequence[Lock]) -> None:
        await asyncio.sleep(0.4)
        await super().release(locks)


async def test_the_trial_of_a_message_of_a_group_may_come_before_the_rest_of_its_batch_is_settled() -> None:
    queue, log = EmbeddedQueue(clock=LoopClock(), name="jobs.fifo", max_receive_count=4), Log()
    for number in range(8):
        queue.send(f"m{number}", group_id=f"g{number}")
    for _ in range(2):
        messages = await queue.receive(max_messages=10, wait=0.0, visibility=60.0)  # by another daemon
        await queue.change_visibility([VisibilityChange(receipt=each.receipt, timeout=0.0) for each in messages])

    def answer(messages: Sequence[Message]) -> Sequence[Outcome]:
        if len(worker.batches) > 1:
            return succeed(messages)
        return [REFUSED if message.body == "m0" else Failed("no") for message in messages]

    worker = Batches(answer)
    worker.reachable = True
    options = DaemonOptions(batch_size=10, wait_time=1.0, breaker_failures=1, breaker_cooldown=1.0)
    store = SlowReleases(clock=LoopClock())
    daemon = make_daemon(queue=queue, invoker=worker, probe=worker, lock_store=store, options=options, observers=[log])

    async with running(daemon):
        await until(lambda: queue.is_empty, within=600.0)

    assert worker.batches[:2] == [[f"m{number}" for number in range(8)], ["m0"]]
    assert worker.counts[8] == 3
    assert Unrun.BEHIND not in [end for _, end in log.ends]


def send_task(queue: EmbeddedQueue, body: str) -> None:
    queue.send(body, attributes=attributes(path="/t", name="t", scheduled_time="2026-01-01T00:00:00Z"))


async def test_a_periodic_task_runs_alone() -> None:
    queue, worker = filled(3), Batches()
    send_task(queue, "task")

    await worked_off(queue, worker)

    assert ["task"] in worker.batches


async def test_what_is_behind_a_message_that_an_outage_holds_goes_back() -> None:
    def answer(messages: Sequence[Message]) -> Sequence[Outcome]:
        first = messages[0].receive_count == 1
        return [Failed("no") if first else outage.outcome or Succeeded()] * len(messages)

    outage, worker = Outage(), Batches(answer)
    queue = filled(3, name="jobs.fifo", max_receive_count=5)
    daemon = daemon_for(queue, worker, breaker_failures=1)

    async with running(daemon):
        await until(lambda: daemon.snapshot().breaker.state is State.OPEN)
        outage.outcome, worker.reachable = None, True
        await until(lambda: queue.is_empty, within=60.0)

    assert worker.batches[2:] == [["m0"], ["m1", "m2"]]
    assert [*queue.dead_letters] == []


async def test_a_message_whose_visibility_ended_while_it_waited_is_not_run() -> None:
    queue, log, worker = TroubledQueue(filled(1)), Log(), Batches()
    daemon = daemon_for(queue, worker, log, batch_window=20.0, visibility_timeout=10.0)

    async with running(daemon):
        await until(lambda: queue.calls["receive"] == 2)
        for operation in ("receive", "change_visibility"):
            queue.fail(operation, QueueUnavailable("away"), times=1_000)
        await until(lambda: log.ends == [("m0", Unrun.TOO_LATE)])
        assert worker.batches == []
        queue.heal()
        await until(lambda: worker.batches == [["m0"]])


async def test_a_batch_that_the_end_of_a_drain_cuts_is_released() -> None:
    queue, log, worker = filled(5), Log(), Batches(duration=100.0)
    daemon = daemon_for(queue, worker, log, drain_timeout=1.0)

    async with running(daemon) as task:
        await until(lambda: sizes(worker) == [5])
    assert await task == 5

    assert [end for end in log.ends if end[1] is None] == [(f"m{number}", None) for number in range(5)]
    assert queue.visible == 5


class StuckStore(MemoryLockStore):
    """Never tells that a lock is complete."""

    async def complete(self, locks: Sequence[Lock], *, expire: float) -> None:
        await asyncio.Event().wait()


async def test_a_success_that_the_end_of_a_drain_cuts_is_deleted_all_the_same() -> None:
    queue, worker = filled(5), Batches(failing("m2"))
    daemon = make_daemon(
        queue=queue,
        invoker=worker,
        lock_store=StuckStore(clock=LoopClock()),
        options=DaemonOptions(batch_size=10, wait_time=1.0, drain_timeout=1.0),
    )

    async with running(daemon) as task:
        await until(lambda: sizes(worker) == [5])
        await asyncio.sleep(0.1)
    await task

    assert queue.visible == 1


async def test_batches_of_two_queues_are_not_mixed_and_share_the_worker_by_weight() -> None:
    queues, worker = several_filled({"orders": 900, "mails": 900}), Batches(duration=0.05)
    plans = [queue_plan("orders", queues["orders"], weight=3.0), queue_plan("mails", queues["mails"])]
    daemon = daemon_of([worker_plan("web", worker, slots=2, batch_size=5)], plans, drain_timeout=0.0)

    async with running(daemon):
        await until(lambda: sum(sizes(worker)) >= 800, within=20_000.0)

    assert all(len({body.split()[0] for body in batch}) == 1 for batch in worker.batches)
    seen = Counter(body.split()[0] for batch in worker.batches for body in batch)
    assert seen["orders"] / seen["mails"] == pytest.approx(3.0, rel=0.15)


async def test_an_invoker_without_batches_is_refused() -> None:
    with pytest.raises(TypeError, match="takes no batches"):
        daemon_of([worker_plan("web", ScriptedInvoker(), batch_size=2)], [queue_plan("orders", EmbeddedQueue())])
