"""What is remembered of each message, and what a reader is told since it read last."""

import asyncio

from sqsd_adapters.dev.ledger import Ledger
from sqsd_adapters.dev.life import State
from sqsd_adapters.dev.shown import row, whole
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.sqs import EmbeddedSqs
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_core.message import Message, MessageAttribute
from sqsd_core.outcome import Failed, Succeeded
from tests.support.tier import DEAD_LETTERS, make_tier, send, steps, tier_with, until


async def succeed(message: Message) -> None:
    await asyncio.sleep(0.25)


async def fail(message: Message) -> bool:
    return False


async def test_a_message_is_followed_from_its_sending_to_its_deletion() -> None:
    async with tier_with(succeed) as tier:
        life = send(tier)
        assert life.state is State.WAITING
        await until(tier, lambda: life.running is not None)
        assert row(life, ())["state"] == "running"
        await until(tier, lambda: life.gone)
        assert steps(life) == ["sent", "received (1)", "invoked", "deleted"]
        [call] = life.calls
        assert (call.answer, call.duration, call.succeeded) == ("done", 0.25, True)


async def test_a_message_that_fails_is_hidden_and_comes_back() -> None:
    async with tier_with(fail) as tier:
        life = send(tier)
        await until(tier, lambda: life.state is State.HIDDEN and bool(life.calls) and life.running is None)
        await until(tier, lambda: "hidden for 1 s" in steps(life))
        assert life.until is not None
        shown = row(life, ())
        assert (shown["state"], shown["ok"], shown["answer"]) == ("hidden", False, "returned False")
        await until(tier, lambda: life.receives == 2)
        assert steps(life)[:5] == ["sent", "received (1)", "invoked", "hidden for 1 s", "received (2)"]


async def test_a_message_that_never_succeeds_is_a_dead_letter() -> None:
    async with tier_with(fail) as tier:
        life = send(tier)
        await until(tier, lambda: life.queue == DEAD_LETTERS)
        assert len(life.calls) == life.receives == 5
        assert steps(life)[-1] == "moved to jobs-dlq"
        assert "deleted" not in steps(life)
        assert row(life, tier.dead_letter_queues)["state"] == "dead"


async def test_the_traceback_of_nothing_but_the_request_and_the_answer_are_shown() -> None:
    tier = make_tier()
    life = send(tier, "<b>hi</b>")
    message = Message(id=life.id, receipt="r", body=life.sending.body)  # type: ignore[arg-type]
    call = tier.ledger.begin(message)
    call.head = b"POST / HTTP/1.1\r\nHost: worker\r\nX-Aws-Sqsd-Msgid: 1"
    call.status, call.answer_headers, call.answer_body = 500, ((b"server", b"x"),), b"\xff<script>"
    tier.ledger.end(message, call, Failed("status 500"))
    [shown] = whole(life, ())["calls"]
    assert shown["line"] == "POST / HTTP/1.1"
    assert shown["headers"] == ["Host: worker", "X-Aws-Sqsd-Msgid: 1"]
    assert (shown["status"], shown["answer_headers"]) == (500, ["server: x"])
    assert shown["answer_body"] == "\ufffd<script>"
    assert shown["body"] == "<b>hi</b>"


async def test_a_row_has_the_attributes_that_the_filter_searches() -> None:
    ledger = Ledger(clock=LoopClock())
    queue = EmbeddedQueue(sqs=EmbeddedSqs(clock=LoopClock(), journal=ledger))
    binary = MessageAttribute(data_type="Binary", value=b"\x00")
    life = ledger.find(queue.send("x" * 1_000, attributes={"kind": binary}, delay=5))
    assert life is not None
    shown = row(life, ())
    assert (shown["state"], shown["attributes"], len(shown["text"])) == ("delayed", {"kind": "AA=="}, 200)
    assert steps(life) == ["sent", "delayed for 5 s"]


async def test_a_reader_is_told_what_changed_since_its_version() -> None:
    tier = make_tier()
    first, second = send(tier), send(tier)
    everything = tier.ledger.since(0)
    assert (everything.complete, everything.lives) == (True, [second, first])
    tier.delete(first.id)
    changes = tier.ledger.since(everything.version)
    assert (changes.complete, changes.lives) == (False, [first])
    assert tier.ledger.since(changes.version).lives == []


async def test_what_is_gone_longest_is_forgotten_first() -> None:
    tier = make_tier(limit=3)
    lives = [send(tier) for _ in range(3)]
    version = tier.ledger.version
    tier.delete(lives[1].id)
    send(tier)
    assert tier.ledger.find(lives[1].id) is None
    assert tier.ledger.find(lives[0].id) is lives[0]
    assert tier.ledger.since(version).forgotten == [lives[1].id]
    assert len(tier.ledger) == 3


async def test_a_reader_that_missed_too_much_is_told_everything() -> None:
    tier = make_tier(limit=3)
    version = tier.ledger.version + 1
    for _ in range(10):
        send(tier)
    assert tier.ledger.since(version).complete


async def test_bodies_of_messages_that_are_gone_are_forgotten_beyond_the_budget() -> None:
    tier = make_tier(budget=10_000)
    lives = [send(tier, "x" * 4_000) for _ in range(3)]
    assert len(tier.ledger) == 3
    for life in lives:
        tier.delete(life.id)
    assert len(tier.ledger) < 3


async def test_a_reader_waits_for_a_change_no_longer_than_it_said() -> None:
    tier = make_tier()
    began = asyncio.get_running_loop().time()
    await tier.ledger.changed(since=tier.ledger.version, within=2)
    assert asyncio.get_running_loop().time() - began == 2
    asyncio.get_running_loop().call_later(1, send, tier)
    await tier.ledger.changed(since=tier.ledger.version, within=5)
    assert asyncio.get_running_loop().time() - began == 3


async def test_a_call_of_a_message_that_is_forgotten_is_no_error() -> None:
    ledger = Ledger(clock=LoopClock())
    message = Message(id="nobody", receipt="r", body="")  # type: ignore[arg-type]
    ledger.end(message, ledger.begin(message), Succeeded())
    assert ledger.version == 0


async def test_a_message_that_fails_again_and_again_does_not_use_up_the_budget() -> None:
    tier = make_tier(budget=200_000)
    poison = send(tier)
    for number in range(1_000):
        message = Message(id=poison.id, receipt="r", body="", receive_count=number)  # type: ignore[arg-type]
        call = tier.ledger.begin(message)
        call.answer_body = b"x" * 1_000
        tier.ledger.end(message, call, Failed("status 500"))
    done = send(tier)
    tier.delete(done.id)
    tier.delete(poison.id)
    assert tier.ledger.find(done.id) is done
