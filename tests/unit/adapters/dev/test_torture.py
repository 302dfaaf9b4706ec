"""The message that meets every fault, and the verdict."""

import asyncio

from sqsd_adapters.dev.torture import TRIALS, Torture
from sqsd_adapters.queue.embedded.stored import Sending
from sqsd_core.message import Message
from tests.support.tier import QUEUE, tier_with

SENDING = Sending(body='{"order": 1}')


async def succeed(message: Message) -> None:
    await asyncio.sleep(0.01)


async def test_a_worker_that_always_succeeds_is_called_again_and_answers_the_same() -> None:
    async with tier_with(succeed) as tier:
        torture = Torture(tier=tier, ledger=tier.ledger)
        report = await torture.run(QUEUE, SENDING)
        assert not torture.running
        assert [result.trial for result in report.results] == [*TRIALS]
        assert {end for result in report.results for end in result.ends} == {"deleted"}
        calls = {result.trial.label: [len(answers) for answers in result.answers] for result in report.results}
        assert calls["No fault"] == calls["Lose the delete"] == calls["Fail the delete"] == [1]
        assert calls["Deliver twice"] == [2]
        assert calls["Out of order"] == [1, 1, 1]
        assert report.verdict.startswith("The worker was called more than once with the same id in 2 of 10 trials")
        assert "the same answer each time" in report.verdict
        assert not tier.faults.active


async def test_a_worker_that_fails_the_second_time_has_answered_in_another_way() -> None:
    seen: set[str] = set()

    async def once(message: Message) -> bool:
        seen.add(message.id)
        return message.receive_count == 1

    async with tier_with(once) as tier:
        report = await Torture(tier=tier, ledger=tier.ledger).run(QUEUE, SENDING, TRIALS[:2])
        assert [*report.results[1].answers[0][:2]] == ["done", "returned False"]
        assert report.results[1].ends == ["dead"]
        assert "It did not answer each of these calls in the same way." in report.verdict
        assert "The message was not deleted in: Deliver twice." in report.verdict


async def test_a_worker_that_fails_without_a_fault_is_not_tortured() -> None:
    async def fail(message: Message) -> bool:
        return False

    async with tier_with(fail) as tier:
        report = await Torture(tier=tier, ledger=tier.ledger).run(QUEUE, SENDING)
        assert len(report.results) == 1
        assert report.verdict.startswith("The worker did not succeed without any fault (it answered returned False")


async def test_a_trial_ends_without_the_end_of_its_message() -> None:
    async def hang(message: Message) -> None:
        await asyncio.sleep(50)

    async with tier_with(hang) as tier:
        report = await Torture(tier=tier, ledger=tier.ledger, patience=5).run(QUEUE, SENDING)
        [result] = report.results
        assert (result.ends, result.answers) == (["not done yet"], [[]])
        assert report.to_json()["trials"] == [
            {
                "label": "No fault",
                "done": True,
                "calls": [0],
                "answers": ["–"],
                "ends": ["not done yet"],
                "repeated": False,
            }
        ]
