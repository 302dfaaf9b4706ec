"""Queues that accept and never answer: the others start, work and drain without them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import ScriptedInvoker
from sqsd_adapters.testing.harness import running, until
from sqsd_core import Daemon
from sqsd_core.errors import QueueNotFound, QueueRefused, QueueUnavailable, SqsdError
from sqsd_core.flow.plan import QueuePlan
from sqsd_core.policy.admission import Reason
from tests.support.several import daemon_of, filled, queue_plan, worker_plan
from tests.support.troubled_queue import TroubledQueue

FOR_EVER = 1e9  # seconds


class House:
    """Two queues on one worker, of which ``orders`` makes trouble."""

    def __init__(self, *, orders: int = 0, mails: int = 20, slots: int = 4, duration: float = 0.0) -> None:
        self.queues = filled({"orders": orders, "mails": mails})
        self.orders = TroubledQueue(self.queues["orders"])
        self.job = ScriptedInvoker(duration=duration)
        self.slots = slots

    @property
    def mails(self) -> EmbeddedQueue:
        return self.queues["mails"]

    def silence(self, *, describe: float = FOR_EVER, receive: float = FOR_EVER) -> None:
        self.orders.delay.update(describe=describe, receive=receive)

    def daemon(
        self, *, demand: Callable[[], Awaitable[None]] | None = None, drain_timeout: float | None = None
    ) -> Daemon:
        return daemon_of(
            [worker_plan("web", self.job, slots=self.slots)],
            [self.plan(demand), queue_plan("mails", self.mails)],
            drain_timeout=drain_timeout,
        )

    def plan(self, demand: Callable[[], Awaitable[None]] | None = None) -> QueuePlan:
        return replace(queue_plan("orders", self.orders), demand=demand)


@pytest.fixture
async def house() -> House:
    return House()


async def for_ever() -> None:
    await asyncio.sleep(FOR_EVER)


@pytest.mark.parametrize("slots", [1, 4])
async def test_the_others_are_received_from_after_a_second(slots: int) -> None:
    house = House(slots=slots)
    house.silence()
    async with running(house.daemon(drain_timeout=0.0)):
        await until(lambda: house.mails.is_empty, within=1.5)


async def test_a_receive_that_hangs_holds_no_slot_from_the_others() -> None:
    house = House(slots=1, mails=0)
    house.silence()
    async with running(house.daemon(drain_timeout=0.0)):
        await until(lambda: house.orders.calls["receive"] == 1)
        for number in range(40):
            house.mails.send(str(number))
            await until(lambda: house.mails.is_empty, within=2.0)


async def test_the_log_names_a_silent_queue_once_and_it_is_asked_again(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.silence(receive=0.0)
    async with running(house.daemon()):
        await asyncio.sleep(300.0)

    [line] = [vars(record) for record in caplog.records if record.message == "GetQueueAttributes failed"]
    assert (line["queue"], line["reason"]) == ("orders", "no answer within 10 seconds")
    assert house.orders.calls["describe"] == 5


async def test_a_silent_queue_is_received_from_once_it_answers() -> None:
    house = House(orders=5)
    house.silence(receive=0.0)
    async with running(house.daemon()) as task:
        await until(lambda: house.queues["orders"].is_empty, within=15.0)
        assert not task.done()


async def test_a_wrong_queue_ends_the_start_before_messages_of_another_are_received(house: House) -> None:
    house.silence(describe=0.5)
    house.orders.fail("describe", QueueNotFound())
    with pytest.raises(QueueNotFound):
        await house.daemon().run()
    assert not house.job.invoked
    assert house.mails.visible == 20


@pytest.mark.parametrize("operation", ["describe", "receive"])
async def test_a_queue_that_was_silent_and_then_refuses_does_not_end_the_others(house: House, operation: str) -> None:
    house.orders.fail("describe", QueueUnavailable())
    house.orders.fail(operation, QueueNotFound() if operation == "describe" else QueueRefused(), times=50)
    daemon = house.daemon()
    async with running(daemon) as task:
        await asyncio.sleep(200.0)
        assert not task.done()
        assert house.mails.is_empty


async def test_the_only_queue_ends_the_start_even_after_silence() -> None:
    house = House()
    house.orders.fail("describe", QueueUnavailable())
    house.orders.fail("receive", QueueRefused("AccessDenied"))
    with pytest.raises(QueueRefused, match="AccessDenied"):
        await daemon_of([worker_plan("web", house.job)], [house.plan()]).run()


async def test_a_demand_that_does_not_come_true_keeps_only_its_own_queue(house: House) -> None:
    daemon = house.daemon(demand=for_ever)
    async with running(daemon):
        await until(lambda: house.mails.is_empty, within=1.5)
        assert not house.orders.calls
        assert Reason.STARTING in {closure.reason for closure in daemon.snapshot().closures}


async def test_a_demand_is_made_again_with_growing_pauses_while_the_queue_does_not_answer(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    tries = []

    async def demand() -> None:
        tries.append(asyncio.get_running_loop().time())
        if len(tries) < 8:
            raise QueueUnavailable("timed out")

    async with running(house.daemon(demand=demand)):
        await until(lambda: house.orders.calls["receive"] > 0, within=300.0)
        said_meanwhile = len(_unavailable(caplog))

    assert len(tries) == 8
    assert tries[1] - tries[0] == pytest.approx(1.0)
    assert 1 <= said_meanwhile <= 1 + tries[-1] / 60.0
    said = _unavailable(caplog)  # what was withheld is said at the end
    assert sum(line["count"] for line in said) == 7
    assert {line["queue"] for line in said} == {"orders"}


def _unavailable(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if record.message == "queue unavailable"]


async def test_a_demand_that_cannot_come_true_ends_the_start(house: House) -> None:
    async def demand() -> None:
        raise SqsdError("no redrive policy")

    with pytest.raises(SqsdError, match="no redrive policy"):
        await house.daemon(demand=demand).run()
    assert not house.job.invoked


async def test_a_demand_that_cannot_come_true_does_not_end_a_daemon_that_the_queue_joins(house: House) -> None:
    async def demand() -> None:
        raise SqsdError("no redrive policy")

    daemon = daemon_of([worker_plan("web", house.job)], [queue_plan("mails", house.mails)])
    async with running(daemon) as task:
        await until(lambda: house.mails.is_empty)
        daemon.crew.add_queue(house.plan(demand))
        await asyncio.sleep(100.0)
        assert not task.done()
        assert Reason.QUEUE_UNAVAILABLE in {closure.reason for closure in daemon.snapshot().closures}


async def test_a_silent_queue_that_joins_leaves_the_others_alone() -> None:
    house = House(mails=0)
    house.silence()
    daemon = daemon_of([worker_plan("web", house.job, slots=1)], [queue_plan("mails", house.mails)], drain_timeout=0.0)
    async with running(daemon):
        await asyncio.sleep(5.0)
        daemon.crew.add_queue(house.plan())
        for number in range(40):
            house.mails.send(str(number))
            await until(lambda: house.mails.is_empty, within=2.0)


@pytest.mark.parametrize("after", [5.0, 30.0])
async def test_a_drain_is_not_longer_than_its_limit_and_lets_the_others_finish(after: float) -> None:
    house = House(mails=400, duration=3.0)
    house.silence()
    daemon = house.daemon(drain_timeout=8.0)
    async with running(daemon) as task:
        await asyncio.sleep(after)
        daemon.drain()
        began = asyncio.get_running_loop().time()
        assert await task == 0

    assert asyncio.get_running_loop().time() - began <= 8.1
    assert len(house.job.finished) == len(house.job.invoked)
    assert daemon.unconfirmed == 0
    assert house.mails.in_flight == 0


async def test_a_drain_does_not_wait_for_the_check_at_start(house: House) -> None:
    house.silence()
    daemon = house.daemon()
    async with running(daemon) as task:
        await asyncio.sleep(0.5)
        daemon.drain()
        began = asyncio.get_running_loop().time()
        await task
    assert asyncio.get_running_loop().time() == began
