"""The history of a daemon in virtual time."""

from dataclasses import dataclass, field
from functools import cached_property

import pytest

from sqsd_adapters.observer.history.memory import MemoryHistory
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import EPOCH, LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import running, until
from sqsd_core import Daemon, Message, MessageId, Query, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, RetryLater
from sqsd_core.policy.history import MAX_PAGE
from sqsd_core.policy.life import Kind, Life, Standing
from sqsd_core.ports.observer import Ending, Unrun
from tests.support.several import daemon_of, queue_plan, worker_plan

HERE = "host-7[21]"


def message(name: str, *, count: int = 1, body: str = "hello") -> Message:
    return Message(id=MessageId(name), receipt=ReceiptHandle("secret"), body=body, receive_count=count)


@dataclass
class Stage:
    """A daemon with a history, and the outcomes of its jobs."""

    history: MemoryHistory
    queue: EmbeddedQueue
    script: dict[str, list[Outcome]] = field(default_factory=dict)

    @cached_property
    def daemon(self) -> Daemon:
        job = ScriptedInvoker(self.script, duration=0.5)
        plans = [worker_plan("web", job)], [queue_plan("table", self.queue)]
        return daemon_of(*plans, observers=[self.history])

    async def life(self, message_id: str) -> Life:
        (life,) = (await self.history.find(Query(message_id=message_id))).lives
        return life


@pytest.fixture
async def stage() -> Stage:
    queue = EmbeddedQueue(clock=LoopClock(), name="orders", max_receive_count=3)
    return Stage(history=MemoryHistory(clock=LoopClock(), instance=HERE, size=100), queue=queue)


async def test_a_success_is_received_invoked_and_deleted(stage: Stage) -> None:
    message_id = stage.queue.send("hello")
    async with running(stage.daemon):
        await until(lambda: stage.queue.is_empty)

    life = await stage.life(message_id)

    assert (life.queue, life.size, round(life.sent_at or 0)) == ("orders", 5, EPOCH)
    assert [event.kind for event in life.events] == [Kind.RECEIVED, Kind.INVOKED, Kind.DELETED]
    received, invoked, _ = life.events
    assert (received.receive_count, received.by) == (1, HERE)
    assert (invoked.outcome, invoked.duration, invoked.again) == ("Succeeded", 0.5, None)
    assert life.standing is Standing.DELETED


async def test_each_failure_says_why_and_when_the_next_try_is(stage: Stage) -> None:
    stage.script["poison"] = [Failed("status 500", answer="no database"), RetryLater(9.0, "status 429"), Failed("x")]
    message_id = stage.queue.send("poison")
    async with running(stage.daemon):
        await until(lambda: stage.daemon.snapshot().dead_letters == 1)

    life = await stage.life(message_id)

    tries = [(event.outcome, event.reason, event.answer, event.again) for event in life.failures]
    assert tries[:2] == [("Failed", "status 500", "no database", 2.0), ("RetryLater", "status 429", "", 9.0)]
    assert [event.receive_count for event in life.events if event.kind is Kind.RECEIVED] == [1, 2, 3]
    assert (life.standing, life.dead_letter_queue) == (Standing.DEAD, (await stage.queue.describe()).dead_letter_queue)


class TestTold:
    """Without a daemon: what is told, and what is remembered."""

    @pytest.fixture
    async def history(self) -> MemoryHistory:
        return MemoryHistory(clock=LoopClock(), instance=HERE, size=1_000)

    async def kinds(self, history: MemoryHistory, message_id: str = "a") -> list[Kind]:
        (life,) = (await history.find(Query(message_id=message_id))).lives
        return [event.kind for event in life.events]

    async def test_a_duplicate_is_one_event(self, history: MemoryHistory) -> None:
        history.arrived("", [message("a")])
        history.duplicate("", message("a"))
        assert await self.kinds(history) == [Kind.DUPLICATE]

    async def test_what_runs_elsewhere_is_one_event(self, history: MemoryHistory) -> None:
        history.arrived("", [message("a")])
        history.held_elsewhere("", message("a"))
        assert await self.kinds(history) == [Kind.HELD_ELSEWHERE]

    async def test_a_job_that_ends_while_the_next_delivery_is_locked_is_kept(self, history: MemoryHistory) -> None:
        history.arrived("", [message("a")])
        history.arrived("", [message("a", count=2)])
        history.succeeded("", [message("a")], [EPOCH], [1.0])
        history.duplicate("", message("a", count=2))
        assert await self.kinds(history) == [Kind.RECEIVED, Kind.DUPLICATE, Kind.INVOKED]

    async def test_what_goes_back_without_a_run_says_why(self, history: MemoryHistory) -> None:
        history.arrived("", [message("a")])
        history.released("", message("a"), Unrun.DRAINED)
        (life,) = (await history.find(Query(message_id="a"))).lives
        assert life.events[-1].reason == "the daemon drains"

    async def test_a_success_that_is_not_remembered_any_more_is_no_error(self, history: MemoryHistory) -> None:
        history.succeeded("", [message("gone")], [EPOCH], [1.0])
        history.deleted("", [message("gone")])
        assert (await history.find(Query())).remembered == 0

    async def test_trouble_is_remembered_although_the_receive_was_forgotten(self, history: MemoryHistory) -> None:
        history.came_back("", message("slow"), Failed("x"), Ending(1.0, 2.0, last=False, began=EPOCH))
        history.duplicate("", message("twice"))
        assert await self.kinds(history, "slow") == [Kind.INVOKED]
        assert await self.kinds(history, "twice") == [Kind.DUPLICATE]

    async def test_a_deletion_of_no_messages_hides_nothing_that_follows(self, history: MemoryHistory) -> None:
        history.deleted("", [])
        history.arrived("", [message("a")])
        assert await self.kinds(history) == [Kind.RECEIVED]

    async def test_nothing_is_made_of_successes_until_somebody_asks(self, history: MemoryHistory) -> None:
        messages = [message(f"m{number}") for number in range(10)]
        history.arrived("", messages)
        history.succeeded("", messages, [EPOCH] * 10, [1.0] * 10)
        history.deleted("", messages)
        assert not history.shelf.records
        assert await self.kinds(history, "m7") == [Kind.RECEIVED, Kind.INVOKED, Kind.DELETED]

    async def test_a_beginning_of_an_id_finds_all_that_begin_so(self, history: MemoryHistory) -> None:
        history.arrived("", [message("7c1e"), message("7c99"), message("8000")])
        found = await history.find(Query(message_id="7c"))
        assert [life.message_id for life in found.lives] == ["7c99", "7c1e"]

    async def test_pages_are_bounded_and_follow_each_other(self, history: MemoryHistory) -> None:
        history.arrived("", [message(f"m{number:03}") for number in range(250)])
        first = await history.find(Query())
        second = await history.find(Query(page=first.next_page))
        third = await history.find(Query(page=second.next_page))
        pages = [first, second, third]
        assert [len(page.lives) for page in pages] == [MAX_PAGE, MAX_PAGE, 50]
        assert third.next_page == 0
        assert len({life.message_id for page in pages for life in page.lives}) == 250

    async def test_causes_count_what_all_pages_hold(self, history: MemoryHistory) -> None:
        names = [f"m{number}" for number in range(250)]
        history.arrived("", [message(name) for name in names])
        for name in names:
            history.came_back("", message(name), Failed("status 500"), Ending(1.0, 2.0, last=name == "m7"))
        (cause,) = (await history.find(Query(failed=True, limit=1))).causes
        assert (cause.messages, cause.dead, len(cause.samples)) == (250, 1, 3)

    async def test_neither_body_nor_receipt_handle_is_kept(self, history: MemoryHistory) -> None:
        history.arrived("", [message("a", body="a card number")])
        history.succeeded("", [message("a", body="a card number")], [EPOCH], [1.0])
        history.came_back("", message("a"), Failed("status 500"), Ending(1.0, 2.0, last=False))
        kept = repr((vars(history.shelf), history.shelf.notes.take()))
        assert "status 500" in kept
        assert "hello" not in kept
        assert "card number" not in kept
        assert "secret" not in kept

    async def test_what_changed_is_told(self) -> None:
        told: list[str] = []
        history = MemoryHistory(clock=LoopClock(), instance=HERE, size=1, changed=told.extend)
        history.arrived("", [message("a")])
        history.deleted("", [message("a")])
        history.arrived("", [message("b")])
        assert told == ["a", "a", "b", "a"]
