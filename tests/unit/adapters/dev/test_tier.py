"""What a person does with messages, queues, switches and periodic tasks."""

import asyncio
from datetime import UTC

import pytest

from sqsd_adapters.cron.expression import CronExpression
from sqsd_adapters.dev.life import State
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from sqsd_adapters.queue.embedded.stored import Sending
from sqsd_core.message import Message
from sqsd_core.policy.schedule import PeriodicTask
from tests.support.tier import DEAD_LETTERS, QUEUE, make_tier, send, steps, tier_with, until


async def succeed(message: Message) -> None:
    pass


async def take_long(message: Message) -> None:
    await asyncio.sleep(5)


async def test_a_delayed_message_is_run_now() -> None:
    tier = make_tier()
    life = tier.ledger.find(tier.send(QUEUE, Sending(body="later", delay=600)))
    assert life is not None
    tier.run_now(life.id)
    assert tier.sqs.engine.receive(QUEUE, now=tier.sqs.now())


async def test_a_dead_letter_that_is_run_now_is_a_new_message_that_knows_the_old_one() -> None:
    tier = make_tier()
    life = send(tier)
    tier.bury(life.id)
    assert life.queue == DEAD_LETTERS
    tier.run_now(life.id)
    [new] = [each for each in tier.ledger.since(0).lives if each is not life]
    assert life.state is State.SENT_BACK
    assert steps(new) == ["sent", "sent back from jobs-dlq"]
    assert life.steps[-1].detail == f"as {new.id}"


async def test_dead_letters_go_back_to_the_queue_that_they_came_from() -> None:
    tier = make_tier()
    lives = [send(tier), send(tier)]
    for life in lives:
        tier.bury(life.id)
    assert tier.redrive(DEAD_LETTERS) == 2
    assert tier.sqs.engine.counts(QUEUE, now=tier.sqs.now()).visible == 2
    assert {life.state for life in lives} == {State.SENT_BACK}


async def test_what_is_gone_cannot_be_run_deleted_or_buried() -> None:
    tier = make_tier()
    life = send(tier)
    tier.delete(life.id)
    for act in (tier.run_now, tier.delete, tier.bury):
        with pytest.raises(KeyError):
            act(life.id)
        with pytest.raises(KeyError):
            act("nobody")


async def test_a_queue_is_emptied() -> None:
    tier = make_tier()
    life = send(tier)
    tier.purge(QUEUE)
    assert life.gone


async def test_a_message_to_a_fifo_queue_needs_neither_group_nor_deduplication_id() -> None:
    tier = make_tier(queue="jobs.fifo")
    first, second = send(tier, queue="jobs.fifo"), send(tier, queue="jobs.fifo")
    assert first.sending.group_id == "default"
    assert first.id != second.id
    assert tier.dead_letter_queues == {"jobs-dlq.fifo"}


async def test_deliver_twice_calls_the_worker_again_with_the_same_id() -> None:
    async with tier_with(succeed) as tier:
        tier.switch("deliver-twice", on=True)
        life = send(tier)
        await until(tier, lambda: life.gone)
        assert len(life.calls) == 2


async def test_a_lost_delete_does_not_call_the_worker_again() -> None:
    async with tier_with(succeed) as tier:
        tier.switch("lose-deletes", on=True)
        life = send(tier)
        await until(tier, lambda: life.gone)
        assert len(life.calls) == 1
        assert "not run again" in steps(life)


async def test_a_visibility_that_ends_does_not_call_the_worker_twice() -> None:
    async with tier_with(take_long, slots=2) as tier:
        tier.switch("end-visibility", on=True)
        life = send(tier)
        await until(tier, lambda: "not run twice" in steps(life))
        tier.switch("end-visibility", on=False)
        await until(tier, lambda: life.gone)
        assert len(life.calls) == 1


async def test_a_switch_is_turned_on_and_off_and_others_stay() -> None:
    tier = make_tier()
    other = Fault(kind=FaultKind.RESET, operation="SendMessage")
    tier.faults.add(other)
    for _ in range(2):
        tier.switch("throttle", on=True)
    tier.switch("late", on=True)
    assert tier.switched_on == ["throttle", "late"]
    assert tier.other_faults == [other.to_json()]
    for _ in range(2):
        tier.switch("throttle", on=False)
    assert tier.switched_on == ["late"]
    tier.clear_faults()
    assert not tier.faults.active


async def test_an_unknown_switch_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        make_tier().switch("nonsense", on=True)


async def test_a_periodic_task_is_sent_with_the_attributes_of_its_kind() -> None:
    tier = make_tier()
    expression = CronExpression("0 0 * * *")
    tier.tasks["report"] = (
        QUEUE,
        PeriodicTask(name="report", path="/report", schedule="0 0 * * *", expression=expression, zone=UTC),
    )
    life = tier.ledger.find(tier.trigger("report"))
    assert life is not None
    assert life.sending.attributes["beanstalk.sqsd.path"].value == "/report"
    with pytest.raises(ConfigurationError, match="the tasks are: report"):
        tier.trigger("unknown")


async def test_the_polls_of_a_daemon_end_at_once_when_it_is_told_to_stop() -> None:
    tier = make_tier()
    view = tier.open_queue(QUEUE)
    asyncio.get_running_loop().call_later(1, tier.end_polls)
    assert not await view.receive(max_messages=1, wait=20, visibility=30)
    assert not await view.receive(max_messages=1, wait=20, visibility=30)
    assert asyncio.get_running_loop().time() < 2
