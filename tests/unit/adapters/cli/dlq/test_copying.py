"""Copying dead letters: sent first, deleted after, whatever happens in between."""

import asyncio
from typing import Any

import pytest

from sqsd_adapters.cli.dlq.choice import Choice
from sqsd_adapters.cli.dlq.copying import MAX_BYTES, Copying, Tally, batched
from sqsd_adapters.cli.dlq.letter import DeadLetter
from sqsd_adapters.cli.dlq.reader import Reader
from sqsd_adapters.queue.sqs.queues import Queues
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_core.errors import QueueRefused, QueueUnavailable
from tests.support.dead_letters import DeadLetterSqs


async def copied(
    sqs: DeadLetterSqs, *, to: str = "https://sqs/1/jobs", tally: Tally | None = None, **options: Any
) -> Tally:
    queues, tally = Queues(admin=sqs), tally or Tally()

    async def target(_: DeadLetter) -> str:
        return to

    async with Reader(queues=queues, url="https://sqs/1/dead") as reader:
        settings = {"choice": Choice(), "tally": tally, "on_progress": lambda _: None, **options}
        await Copying(queues=queues, clock=LoopClock(), reader=reader, target=target, **settings).run()
    return tally


async def test_each_message_is_sent_and_then_deleted() -> None:
    sqs = DeadLetterSqs("a", "b")
    tally = await copied(sqs)
    assert (tally.moved, sqs.sent, sqs.hidden, sqs.visible) == (2, ["a", "b"], {}, {})
    assert [each for each in sqs.events if each != "GetQueueAttributes"][:3] == [
        "ReceiveMessage",
        "SendMessageBatch",
        "DeleteMessageBatch",
    ]


async def test_what_is_not_chosen_is_visible_again() -> None:
    sqs = DeadLetterSqs("good", "bad")
    tally = await copied(sqs, choice=Choice(body="good"))
    assert (tally.moved, tally.left, sqs.sent) == (1, 1, ["good"])
    assert [each["Body"] for each in sqs.visible.values()] == ["bad"]


async def test_a_limit_leaves_the_rest_visible() -> None:
    sqs = DeadLetterSqs(*"abcdefghijklmno")
    assert (await copied(sqs, most=3)).moved == 3
    assert (len(sqs.sent), len(sqs.visible)) == (3, 12)


async def test_an_interruption_waits_until_what_was_sent_is_deleted() -> None:
    sqs = DeadLetterSqs("a")
    sqs.lets_send.clear()
    task = asyncio.ensure_future(copied(sqs))
    await sqs.sending.wait()
    task.cancel()
    await asyncio.sleep(0)
    sqs.lets_send.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (sqs.sent, sqs.hidden, sqs.visible) == (["a"], {}, {})


async def test_what_sqs_refuses_to_take_stays() -> None:
    sqs = DeadLetterSqs("a", "odd", "c")
    sqs.refused = {"odd"}
    tally = await copied(sqs)
    assert (tally.moved, dict(tally.refused), sqs.sent) == (2, {"Bad": 1}, ["a", "c"])
    assert [each["Body"] for each in sqs.visible.values()] == ["odd"]


async def test_on_a_fifo_queue_nothing_goes_ahead_of_a_refused_message_of_its_group() -> None:
    sqs = DeadLetterSqs("a", "odd", "c", group="g")
    sqs.refused = {"odd"}
    tally = await copied(sqs, to="https://sqs/1/jobs.fifo")
    assert (sqs.sent, tally.moved, tally.refused.total()) == (["a"], 1, 2)


async def test_what_fails_again_while_the_redrive_runs_is_not_sent_a_second_time() -> None:
    sqs = DeadLetterSqs("good", "bad")
    sqs.hopeless = {"bad"}
    tally = await copied(sqs)
    assert sqs.sent == ["good", "bad"]
    assert (tally.moved, tally.returned, tally.is_complete) == (2, {"new-bad"}, False)
    assert [*sqs.visible] == ["new-bad"]


async def test_a_deletion_that_sqs_does_not_answer_or_does_not_confirm_is_tried_again() -> None:
    sqs = DeadLetterSqs("a", "b")
    sqs.delete_errors = [QueueUnavailable()]
    sqs.undeletable = {"1"}
    asyncio.get_running_loop().call_later(1.0, sqs.undeletable.clear)
    tally = await copied(sqs)
    assert (tally.moved, tally.doubled, sqs.sent, sqs.hidden) == (2, 0, ["a", "b"], {})


@pytest.mark.parametrize("error", [QueueUnavailable("away"), QueueRefused("allow sqs:DeleteMessage")])
async def test_a_message_that_was_sent_and_not_deleted_is_counted_and_the_redrive_stops(error: Exception) -> None:
    sqs, tally = DeadLetterSqs(*"abcdefghijkl"), Tally()
    sqs.delete_errors = [error] * 10
    with pytest.raises(type(error)):
        await copied(sqs, tally=tally)
    assert (len(sqs.sent), tally.doubled, tally.moved, tally.is_complete) == (10, 10, 0, False)
    assert len(sqs.visible) == 2


async def test_a_message_that_sqs_does_not_confirm_as_deleted_is_not_sent_again_in_a_second_pass() -> None:
    sqs, tally = DeadLetterSqs("a"), Tally()
    sqs.undeletable = {"0"}
    await copied(sqs, tally=tally)
    sqs.visible, sqs.hidden = sqs.hidden, {}
    await copied(sqs, tally=tally)
    assert (sqs.sent, tally.doubled) == (["a"], 1)


async def test_a_send_that_sqs_does_not_answer_is_counted_as_unknown() -> None:
    sqs, tally = DeadLetterSqs("a", "b"), Tally()
    sqs.send_error = QueueUnavailable()
    with pytest.raises(QueueUnavailable):
        await copied(sqs, tally=tally)
    assert (tally.unknown, tally.is_complete, len(sqs.visible)) == (2, False, 2)


async def test_a_message_of_the_largest_size_goes_without_its_original_id_and_holds_up_no_other() -> None:
    sqs = DeadLetterSqs("x" * 1_000, "y")
    sqs.max_size = "1024"
    tally = await copied(sqs)
    assert (tally.moved, sqs.attributes) == (2, [set(), {"sqsd.original_message_id"}])


async def test_an_interruption_does_not_wait_for_the_rate() -> None:
    sqs, clock = DeadLetterSqs(*"abcdefghij"), LoopClock()
    task = asyncio.ensure_future(copied(sqs, rate=1))
    await asyncio.sleep(1.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (clock.monotonic() < 2.0, len(sqs.sent), sqs.hidden) == (True, 10, {})


def test_a_batch_holds_no_more_than_sqs_takes() -> None:
    letters = [DeadLetter.parse({"Body": "x" * size}) for size in (MAX_BYTES, MAX_BYTES - 1, 1, 1)]
    assert [len(batch) for batch in batched(letters, at_most=10)] == [1, 2, 1]
    assert [len(batch) for batch in batched(letters[2:], at_most=1)] == [1, 1]


def test_a_batch_has_room_for_the_ids_that_are_added() -> None:
    letters = [DeadLetter.parse({"MessageId": "m" * 100, "Body": "x" * 26_100}) for _ in range(20)]
    for batch in batched(letters, at_most=10):
        entries = [letter.entry("0", fifo=False) for letter in batch]
        assert sum(26_100 + len(str(entry["MessageAttributes"])) for entry in entries) <= 262_144
