"""How the parent protects the ECS task for processes that wait with messages."""

import asyncio
from typing import TYPE_CHECKING

from sqsd_adapters.cli.processes.protection import Answers

if TYPE_CHECKING:
    from collections.abc import Callable


class Protection:
    """Takes a second to protect, and records what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def received(self, queue: str, messages: int) -> None:
        self.told.append(f"received {messages}")

    async def ensure(self, *, within: float) -> None:
        self.told.append(f"ensure {within}")
        await asyncio.sleep(1.0)


class Process:
    number = 1

    def __init__(self) -> None:
        self.on_protect: Callable[[int, float], object]
        self.answers: list[int] = []

    def protected(self, number: int) -> None:
        self.answers.append(number)


async def test_a_process_is_answered_when_the_task_is_protected_and_keeps_it_busy() -> None:
    protection, process = Protection(), Process()
    Answers(protection).serve(process)  # type: ignore[arg-type]
    process.on_protect(7, 2.0)
    await asyncio.sleep(0.9)
    assert process.answers == []

    await asyncio.sleep(0.2)
    assert process.answers == [7]
    assert protection.told == ["received 1", "ensure 2.0"]


async def test_at_the_end_nothing_waits_for_the_agent() -> None:
    process, answers = Process(), Answers(Protection())
    answers.serve(process)  # type: ignore[arg-type]
    process.on_protect(7, 2.0)
    await asyncio.sleep(0.5)
    answers.cancel()
    await asyncio.sleep(2.0)

    assert process.answers == []
