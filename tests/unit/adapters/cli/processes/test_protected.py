"""The protection of the ECS task as a process of several sees it."""

import asyncio

from sqsd_adapters.cli.processes.protected import SURE, ParentsProtection


class Parent:
    """Records questions, and answers them by hand or at once."""

    def __init__(self, *, answers: bool = True) -> None:
        self.questions: list[float] = []
        self.protection = ParentsProtection()
        self.protection.ask = self._asked
        self._answers = answers

    def _asked(self, number: int, within: float) -> None:
        self.questions.append(within)
        if self._answers:
            asyncio.get_running_loop().call_later(0.1, self.protection.answered, number)


async def took(protection: ParentsProtection, *, within: float = 2.0) -> float:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await protection.ensure(within=within)
    return round(loop.time() - began, 3)


async def test_a_message_waits_for_the_parents_answer() -> None:
    parent = Parent()

    assert await took(parent.protection) == 0.1
    assert parent.questions == [2.0]


async def test_an_answer_holds_for_some_seconds_from_its_question_on() -> None:
    parent = Parent()
    await parent.protection.ensure(within=2.0)
    await asyncio.sleep(SURE - 0.2)
    assert await took(parent.protection) == 0.0
    await asyncio.sleep(0.2)

    assert await took(parent.protection) == 0.1


async def test_receives_side_by_side_are_answered_each() -> None:
    parent = Parent()

    assert await asyncio.gather(*(took(parent.protection) for _ in range(3))) == [0.1, 0.1, 0.1]


async def test_without_an_answer_messages_run_after_a_while_and_the_next_receive_asks_again() -> None:
    parent = Parent(answers=False)

    assert [await took(parent.protection), await took(parent.protection)] == [2.0, 2.0]
    parent.protection.answered(0)


async def test_nothing_waits_for_a_parent_that_is_gone() -> None:
    parent = Parent(answers=False)
    asyncio.get_running_loop().call_later(0.5, parent.protection.close)

    assert await took(parent.protection) == 0.5
    assert await took(parent.protection) == 0.0
