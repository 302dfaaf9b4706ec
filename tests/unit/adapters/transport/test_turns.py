"""Whose turn it is, without sockets."""

import asyncio

import pytest

from sqsd_adapters.transport.turns import Turns


async def settled() -> None:
    """Give every task that can run its turn of the loop."""
    for _ in range(3):
        await asyncio.sleep(0)


def take(turns: Turns) -> bool:
    """Take a turn if one is left, as an exchange does."""
    if not turns.free:
        return False
    turns.free -= 1
    return True


async def use(turns: Turns, name: str, served: list[str]) -> None:
    if not take(turns):
        await turns.wait()
    served.append(name)
    await asyncio.sleep(0)
    turns.give_back()


async def test_callers_that_wait_are_served_in_order() -> None:
    turns, served = Turns(limit=1), list[str]()
    names = [f"caller {number}" for number in range(5)]
    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(use(turns, name, served))
    assert served == names


async def test_two_callers_of_one_connection_alternate() -> None:
    async def keep_using(name: str) -> None:
        for _ in range(100):
            await use(turns, name, served)

    turns, served = Turns(limit=1), list[str]()
    async with asyncio.TaskGroup() as group:
        group.create_task(keep_using("a"))
        group.create_task(keep_using("b"))
    assert served[:100].count("a") == served[:100].count("b")


async def test_no_more_callers_than_the_limit_have_a_turn() -> None:
    turns = Turns(limit=2)
    assert [take(turns), take(turns), take(turns)] == [True, True, False]


async def test_a_caller_cancelled_while_waiting_gets_no_turn() -> None:
    turns = Turns(limit=1)
    take(turns)
    waiting = asyncio.create_task(turns.wait())
    await settled()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    turns.give_back()
    assert take(turns)


async def test_a_caller_cancelled_as_its_turn_comes_passes_it_on() -> None:
    turns = Turns(limit=1)
    take(turns)
    first = asyncio.create_task(turns.wait())
    second = asyncio.create_task(turns.wait())
    await settled()
    turns.give_back()
    first.cancel()
    await settled()
    assert first.cancelled()
    assert second.done()
    assert not take(turns)


async def test_a_turn_skips_a_caller_that_was_cancelled_in_the_same_moment() -> None:
    turns = Turns(limit=1)
    take(turns)
    first = asyncio.create_task(turns.wait())
    second = asyncio.create_task(turns.wait())
    await settled()
    first.cancel()
    turns.give_back()
    await settled()
    assert second.done()
