"""Several queues in one daemon: shares of a worker, a breaker for each worker, queues that join and leave."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from math import ceil
from random import Random

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import ScriptedInvoker, ScriptedProbe
from sqsd_adapters.testing.harness import running, until
from sqsd_core import Message, Share
from sqsd_core.errors import QueueRefused, QueueUnavailable
from sqsd_core.flow.plan import QueuePlan
from sqsd_core.outcome import Failed, Outcome, Succeeded, Unavailable
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.breaker import State
from sqsd_core.ports.observer import Ending, Observer
from tests.support.several import daemon_of, filled, queue_plan, worker_plan
from tests.support.troubled_queue import TroubledQueue


class Endings(Observer):
    """Whether the latest failure of each queue was at the last receive."""

    def __init__(self) -> None:
        self.last: dict[str, bool] = {}

    def settled(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        self.last[queue] = ending.last


class Reachable:
    """A job whose worker comes up."""

    is_up = False

    async def invoke(self, message: Message) -> Outcome:
        await asyncio.sleep(0.01)
        return Succeeded() if self.is_up else Unavailable("connection refused", unsent=True)


def shares(job: ScriptedInvoker, *, of: int) -> Counter[str]:
    """Of which queues the first jobs were."""
    return Counter(body.split()[0] for body in job.bodies[:of])


def weighted(queues: Mapping[str, EmbeddedQueue], weights: Mapping[str, float]) -> list[QueuePlan]:
    return [queue_plan(name, queue, weight=weights[name]) for name, queue in queues.items()]


@pytest.mark.parametrize("slots", [1, 4, 40])
@pytest.mark.parametrize("duration", [0.001, 0.1, 10.0])
async def test_a_worker_is_shared_by_weight(slots: int, duration: float) -> None:
    queues = filled({"orders": 900, "mails": 900, "reports": 900})
    job = ScriptedInvoker(duration=duration)
    plans = weighted(queues, {"orders": 3.0, "mails": 2.0, "reports": 1.0})
    daemon = daemon_of([worker_plan("web", job, slots=slots)], plans, drain_timeout=0.0)

    async with running(daemon):
        await until(lambda: len(job.invoked) >= 1_200, within=20_000.0, step=duration)

    seen = shares(job, of=1_200)
    assert seen["orders"] == pytest.approx(600, rel=0.1)
    assert seen["mails"] == pytest.approx(400, rel=0.1)
    assert seen["reports"] == pytest.approx(200, rel=0.1)


@pytest.mark.parametrize("fifo", [False, True])
async def test_no_slot_is_idle_while_any_queue_has_messages(*, fifo: bool) -> None:
    queues = filled({"orders": 0, "mails": 400, "reports": 0}, fifo=fifo)
    job = ScriptedInvoker(duration=1.0)
    daemon = daemon_of([worker_plan("web", job, slots=20)], weighted(queues, dict.fromkeys(queues, 1.0)))

    async with running(daemon):
        await asyncio.sleep(2.5)
        assert job.running == 20
        await until(lambda: queues["mails"].is_empty, within=23.0)


@pytest.mark.parametrize("seed", range(20))
async def test_several_queues_take_hardly_longer_than_one_would(seed: int) -> None:
    random = Random(seed)
    queues = filled({str(number): random.choice([0, 3, 50, 400]) for number in range(random.randint(2, 8))})
    slots, duration = random.randint(1, 40), random.choice([0.01, 0.3, 5.0])
    plans = [queue_plan(name, queue, weight=random.uniform(0.1, 10.0)) for name, queue in queues.items()]
    share = random.choice([Share.WEIGHTED, Share.STRICT])
    job = ScriptedInvoker(duration=duration)
    daemon = daemon_of([worker_plan("web", job, slots=slots, share=share)], plans)
    ideal = ceil(sum(queue.visible for queue in queues.values()) / slots) * duration

    async with running(daemon):
        await until(lambda: all(queue.is_empty for queue in queues.values()), within=1.1 * ideal + 3 * duration + 2.0)

    assert max(Counter(job.bodies).values(), default=1) == 1


async def test_the_message_of_a_queue_that_was_empty_runs_at_once_beside_a_busy_one() -> None:
    queues = filled({"orders": 0, "mails": 5_000})
    job = ScriptedInvoker(duration=0.1)
    daemon = daemon_of([worker_plan("web", job, slots=4)], weighted(queues, {"orders": 1.0, "mails": 100.0}))

    async with running(daemon):
        await asyncio.sleep(30.0)
        queues["orders"].send("orders first")
        await asyncio.sleep(1.0)
        assert "orders first" in job.bodies
        daemon.drain()


async def test_queues_that_are_empty_are_polled_for_one_message_each_and_wait_for_long() -> None:
    queues = {name: TroubledQueue(queue) for name, queue in filled({"orders": 0, "mails": 0}).items()}
    plans = [queue_plan(name, queue) for name, queue in queues.items()]
    daemon = daemon_of([worker_plan("web", ScriptedInvoker())], plans)

    async with running(daemon):
        await asyncio.sleep(100.0)

    figures = daemon.snapshot().queues
    assert all(5 <= figures[name].receives <= 8 for name in queues)


async def test_with_strict_sharing_a_lower_queue_waits_until_the_higher_ones_are_empty() -> None:
    queues = filled({"high": 100, "low": 100})
    job = ScriptedInvoker(duration=1.0)
    plans = [queue_plan(name, queue) for name, queue in queues.items()]
    daemon = daemon_of([worker_plan("web", job, slots=4, share=Share.STRICT)], plans)

    async with running(daemon):
        await until(lambda: queues["low"].is_empty and queues["high"].is_empty, within=100.0)

    # While the first receive of the higher queue is under way, the lower one may fill the slots.
    assert shares(job, of=104)["high"] >= 96


async def test_a_breaker_that_opens_stops_only_the_queues_of_its_worker() -> None:
    queues = filled({"orders": 50, "mails": 50})
    down: list[Outcome] = [Unavailable("connection refused")]
    broken = ScriptedInvoker({f"orders {number}": down for number in range(50)})
    healthy = ScriptedInvoker(duration=0.1)
    daemon = daemon_of(
        [worker_plan("web", broken, probe=ScriptedProbe(False)), worker_plan("post", healthy)],
        [queue_plan("orders", queues["orders"], worker="web"), queue_plan("mails", queues["mails"], worker="post")],
    )

    async with running(daemon):
        await until(lambda: queues["mails"].is_empty, within=10.0)
        snapshot = daemon.snapshot()
        assert snapshot.workers["web"].breaker.state in {State.OPEN, State.PROBING}
        assert snapshot.workers["post"].breaker.state is State.CLOSED
        assert [(closure.where, closure.reason) for closure in snapshot.closures] == [("web", Reason.BREAKER_OPEN)]
        assert not snapshot.ready
        assert len(broken.invoked) < 10


async def test_the_breaker_of_a_shared_worker_closes_by_the_message_of_any_queue() -> None:
    queues = filled({"orders": 0, "mails": 30})
    script: dict[str, list[Outcome]] = {f"mails {number}": [Unavailable("refused")] for number in range(30)}
    job = ScriptedInvoker(script)
    probe = ScriptedProbe(False)
    daemon = daemon_of(
        [worker_plan("web", job, probe=probe)], [queue_plan(name, queue) for name, queue in queues.items()]
    )

    async with running(daemon):
        await until(lambda: daemon.snapshot().breaker.state is State.OPEN)
        script.clear()
        probe.answer(True)
        await until(lambda: daemon.snapshot().breaker.state is State.CLOSED, within=60.0)
        await until(lambda: queues["mails"].is_empty, within=60.0)


async def test_an_outage_of_one_queue_leaves_the_others_alone() -> None:
    queues = filled({"orders": 0, "mails": 20})
    troubled = TroubledQueue(queues["orders"])
    troubled.fail("receive", QueueUnavailable("timed out"))
    daemon = daemon_of(
        [worker_plan("web", ScriptedInvoker())], [queue_plan("orders", troubled), queue_plan("mails", queues["mails"])]
    )

    async with running(daemon):
        await until(lambda: queues["mails"].is_empty, within=5.0)
        closures = daemon.snapshot().closures
        assert {(closure.where, closure.reason) for closure in closures} >= {("orders", Reason.QUEUE_UNAVAILABLE)}
        assert str(closures[-1]).startswith("orders: ")


async def test_a_queue_that_refuses_us_at_start_ends_the_start() -> None:
    queues = filled({"orders": 0, "mails": 0})
    troubled = TroubledQueue(queues["orders"])
    troubled.fail("receive", QueueRefused("AccessDenied"))
    daemon = daemon_of(
        [worker_plan("web", ScriptedInvoker())], [queue_plan("orders", troubled), queue_plan("mails", queues["mails"])]
    )

    with pytest.raises(QueueRefused, match="AccessDenied"):
        await daemon.run()


async def test_the_log_names_the_queue_of_a_message(caplog: pytest.LogCaptureFixture) -> None:
    queues = filled({"orders": 1, "mails": 0})
    job = ScriptedInvoker({"orders 0": [Failed("status 500")]})
    daemon = daemon_of([worker_plan("web", job)], [queue_plan(name, queue) for name, queue in queues.items()])

    async with running(daemon):
        await until(lambda: bool(job.finished))

    [line] = [vars(record) for record in caplog.records if record.name.endswith("job_log")]
    assert line["queue"] == "orders"


async def test_a_drain_ends_all_queues_and_leaves_nothing_in_flight() -> None:
    queues = filled({"orders": 100, "mails": 100})
    jobs = {"orders": ScriptedInvoker(duration=5.0), "mails": ScriptedInvoker(duration=1.0)}
    daemon = daemon_of(
        [worker_plan(name, job) for name, job in jobs.items()],
        [queue_plan(name, queue, worker=name) for name, queue in queues.items()],
    )

    async with running(daemon) as task:
        await asyncio.sleep(12.5)
        daemon.drain()
        before = asyncio.get_running_loop().time()
        assert await task == 0

    assert asyncio.get_running_loop().time() - before <= 5.0
    assert all(queue.in_flight == 0 for queue in queues.values())
    assert all(len(job.finished) == len(job.invoked) for job in jobs.values())


async def test_a_drain_that_runs_out_of_time_cuts_every_worker() -> None:
    queues = filled({"orders": 10, "mails": 10})
    jobs = {name: ScriptedInvoker(duration=1_000.0) for name in queues}
    daemon = daemon_of(
        [worker_plan(name, job, slots=2, invoker_timeout=2_000.0) for name, job in jobs.items()],
        [queue_plan(name, queue, worker=name) for name, queue in queues.items()],
        drain_timeout=10.0,
    )

    async with running(daemon) as task:
        await asyncio.sleep(5.0)
        daemon.drain()
        assert await task == 4

    assert asyncio.get_running_loop().time() < 20.0
    assert all(queue.in_flight == 0 for queue in queues.values())


async def test_a_queue_joins_under_load() -> None:
    queues = filled({"orders": 400, "mails": 100})
    job = ScriptedInvoker(duration=0.1)
    daemon = daemon_of([worker_plan("web", job)], [queue_plan("orders", queues["orders"])])

    async with running(daemon):
        await asyncio.sleep(2.0)
        daemon.crew.add_queue(queue_plan("mails", queues["mails"]))
        await until(lambda: queues["mails"].is_empty, within=10.0)
        assert not queues["orders"].is_empty
        await until(lambda: queues["orders"].is_empty, within=10.0)

    assert len(job.invoked) == 500
    assert daemon.snapshot().queues["mails"].deleted == 100


async def test_a_queue_that_joins_knows_which_receive_is_the_last() -> None:
    queues = {**filled({"orders": 1}), **filled({"mails": 0}, max_receive_count=1)}
    endings = Endings()
    job = ScriptedInvoker({"orders 0": [Failed("status 500")], "mails": [Failed("status 500")]})
    daemon = daemon_of([worker_plan("web", job)], [queue_plan("orders", queues["orders"])], observers=[endings])

    async with running(daemon):
        await asyncio.sleep(1.0)
        daemon.crew.add_queue(queue_plan("mails", queues["mails"]))
        await asyncio.sleep(1.0)
        queues["mails"].send("mails")
        await until(lambda: "mails" in endings.last, within=10.0)

    assert endings.last == {"orders": False, "mails": True}


async def test_a_queue_that_did_not_answer_at_first_is_asked_again_for_its_limit() -> None:
    queues = filled({"orders": 0}, max_receive_count=1)
    troubled = TroubledQueue(queues["orders"])
    troubled.fail("describe", QueueUnavailable(), times=3)
    endings = Endings()
    job = ScriptedInvoker({"orders 1": [Failed("status 500")]})
    daemon = daemon_of([worker_plan("web", job)], [queue_plan("orders", troubled)], observers=[endings])

    async with running(daemon):
        await asyncio.sleep(300.0)
        queues["orders"].send("orders 1")
        await until(lambda: "orders" in endings.last, within=30.0)

    assert endings.last == {"orders": True}
    assert troubled.calls["describe"] == 4


async def test_a_queue_that_refuses_to_be_described_is_not_asked_again() -> None:
    troubled = TroubledQueue(filled({"orders": 0})["orders"])
    troubled.fail("describe", QueueRefused("AccessDenied"))
    daemon = daemon_of([worker_plan("web", ScriptedInvoker())], [queue_plan("orders", troubled)])

    async with running(daemon):
        await asyncio.sleep(300.0)

    assert troubled.calls["describe"] == 1


async def test_a_queue_leaves_when_its_jobs_have_ended_and_the_others_go_on() -> None:
    queues = filled({"orders": 100, "mails": 100})
    job = ScriptedInvoker(duration=2.0)
    daemon = daemon_of([worker_plan("web", job)], [queue_plan(name, queue) for name, queue in queues.items()])

    async with running(daemon):
        await asyncio.sleep(5.0)
        leaving = await daemon.crew.stop_queue("orders")
        started = shares(job, of=len(job.invoked))["orders"]
        await leaving.ended.wait()
        assert queues["orders"].in_flight == 0
        await until(lambda: queues["mails"].is_empty, within=100.0)

    assert shares(job, of=len(job.invoked)) == {"orders": started, "mails": 100}
    assert daemon.snapshot().queues["orders"].deleted == started


async def test_a_queue_that_has_changed_is_never_received_by_two() -> None:
    queues = filled({"orders": 200})
    job = ScriptedInvoker(duration=0.5)
    daemon = daemon_of([worker_plan("web", job)], [queue_plan("orders", queues["orders"])])

    async with running(daemon):
        for _ in range(3):
            await asyncio.sleep(3.3)
            await daemon.crew.stop_queue("orders")
            daemon.crew.add_queue(queue_plan("orders", queues["orders"], weight=2.0))
        await until(lambda: queues["orders"].is_empty, within=60.0)

    assert Counter(job.bodies).most_common(1)[0][1] == 1
    assert daemon.snapshot().queues["orders"].deleted == 200


async def test_a_worker_is_replaced_and_the_old_one_finishes_its_jobs() -> None:
    queues = filled({"orders": 100})
    old, new = ScriptedInvoker(duration=5.0), ScriptedInvoker(duration=0.1)
    daemon = daemon_of([worker_plan("web", old)], [queue_plan("orders", queues["orders"])])

    async with running(daemon):
        await asyncio.sleep(1.0)
        retired = daemon.crew.set_aside("web")
        daemon.crew.add_worker(worker_plan("web", new))
        leaving = await daemon.crew.stop_queue("orders")
        daemon.crew.add_queue(queue_plan("orders", queues["orders"]))
        await leaving.ended.wait()
        await daemon.crew.close_worker(retired)
        await until(lambda: queues["orders"].is_empty, within=20.0)

    assert len(old.finished) == len(old.invoked) == 4
    assert len(new.finished) == 96


async def test_a_queue_that_joins_while_the_daemon_drains_receives_nothing() -> None:
    queues = filled({"orders": 5, "mails": 5})
    job = ScriptedInvoker(duration=5.0)
    daemon = daemon_of([worker_plan("web", job, slots=1)], [queue_plan("orders", queues["orders"])])

    async with running(daemon):
        await asyncio.sleep(1.0)
        daemon.drain()
        daemon.crew.add_queue(queue_plan("mails", queues["mails"]))

    assert shares(job, of=10) == {"orders": 1}


@pytest.mark.parametrize("order", [("empty", "full"), ("full", "empty")])
@pytest.mark.parametrize("share", Share)
async def test_an_empty_queue_does_not_take_the_trials_of_the_others(order: tuple[str, str], share: Share) -> None:
    queues = filled({"empty": 0, "full": 100})
    job, probe = Reachable(), ScriptedProbe(reachable=False)
    workers = [worker_plan("web", job, share=share, probe=probe)]
    daemon = daemon_of(workers, [queue_plan(name, queues[name]) for name in order])

    async with running(daemon):
        await asyncio.sleep(60.0)
        job.is_up = True
        probe.answer(reachable=True)
        await until(lambda: queues["full"].is_empty, within=120.0)
