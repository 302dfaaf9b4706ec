"""Many time limits by one timer."""

import asyncio

import pytest

from sqsd_core.deadlines import Deadlines

LIMIT = 10.0


def now() -> float:
    return asyncio.get_running_loop().time()


async def limited(deadlines: Deadlines, seconds: float) -> str:
    """A slot's invocation: how it ended, and that it leaves no cancellation behind."""
    slot = asyncio.current_task()
    assert slot is not None
    deadlines.start(slot)
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        if not deadlines.end(slot) or slot.cancelling():
            raise
        return "expired"
    assert not deadlines.end(slot)
    return "done"


async def test_an_invocation_that_outlasts_the_limit_is_cut_at_the_limit() -> None:
    deadlines = Deadlines(limit=LIMIT)

    assert await limited(deadlines, 100.0) == "expired"
    assert now() == pytest.approx(LIMIT)


async def test_an_invocation_within_the_limit_is_left_alone() -> None:
    deadlines = Deadlines(limit=LIMIT)

    assert await limited(deadlines, 9.9) == "done"
    await asyncio.sleep(100.0)


async def test_every_slot_has_its_own_limit() -> None:
    deadlines = Deadlines(limit=LIMIT)
    ends: dict[int, float] = {}

    async def slot(number: int) -> None:
        await asyncio.sleep(number)
        assert await limited(deadlines, 100.0 if number % 2 else 3.0) == ("expired" if number % 2 else "done")
        ends[number] = now()

    async with asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(slot(number))

    assert ends == {number: pytest.approx(number + (LIMIT if number % 2 else 3.0)) for number in range(8)}


async def test_the_limit_counts_anew_for_each_invocation_of_a_slot() -> None:
    deadlines = Deadlines(limit=LIMIT)

    async def slot() -> list[str]:
        return [await limited(deadlines, seconds) for seconds in (9.0, 9.0, 100.0, 9.0)]

    assert await asyncio.create_task(slot()) == ["done", "done", "expired", "done"]
    assert now() == pytest.approx(37.0)


async def test_an_expired_invocation_leaves_no_cancellation_behind() -> None:
    deadlines = Deadlines(limit=LIMIT)

    async def slot() -> int:
        await limited(deadlines, 100.0)
        await asyncio.sleep(1.0)
        task = asyncio.current_task()
        return task.cancelling() if task else -1

    assert await asyncio.create_task(slot()) == 0


@pytest.mark.parametrize("drain_first", [False, True])
async def test_a_drain_at_the_very_moment_of_the_limit_is_not_taken_for_it(*, drain_first: bool) -> None:
    deadlines = Deadlines(limit=LIMIT)
    loop = asyncio.get_running_loop()
    slot = asyncio.create_task(limited(deadlines, 100.0))
    if drain_first:
        loop.call_at(LIMIT, slot.cancel)
    await asyncio.sleep(0.0)
    if not drain_first:
        loop.call_at(LIMIT, slot.cancel)

    with pytest.raises(asyncio.CancelledError):
        await slot


async def test_a_job_that_swallows_its_cancellation_is_still_told_apart() -> None:
    deadlines = Deadlines(limit=LIMIT)

    async def slot() -> tuple[bool, int]:
        task = asyncio.current_task()
        assert task is not None
        deadlines.start(task)
        try:
            await asyncio.sleep(100.0)
        except asyncio.CancelledError:
            await asyncio.sleep(1.0)
        return deadlines.end(task), task.cancelling()

    assert await asyncio.create_task(slot()) == (True, 0)


async def test_no_timer_is_left_after_closing() -> None:
    deadlines = Deadlines(limit=LIMIT)
    slot = asyncio.create_task(limited(deadlines, 100.0))
    await asyncio.sleep(1.0)

    deadlines.close()
    await asyncio.sleep(50.0)

    assert not slot.done()
    slot.cancel()


async def test_what_is_bound_ends_in_time_or_with_a_time_out() -> None:
    deadlines = Deadlines(limit=LIMIT)

    assert await deadlines.bound(asyncio.sleep(9.9, "done")) == "done"
    with pytest.raises(TimeoutError, match="10 s"):
        await deadlines.bound(asyncio.sleep(100.0))
    assert now() == pytest.approx(9.9 + LIMIT)
    await asyncio.sleep(100.0)  # no cancellation is left behind


async def test_an_error_of_what_is_bound_passes_and_frees_the_task() -> None:
    async def fail() -> None:
        raise OSError("refused")

    deadlines = Deadlines(limit=LIMIT)
    with pytest.raises(OSError, match="refused"):
        await deadlines.bound(fail())
    await asyncio.sleep(100.0)


async def test_a_cancellation_from_outside_is_no_time_out() -> None:
    deadlines = Deadlines(limit=LIMIT)
    task = asyncio.create_task(deadlines.bound(asyncio.sleep(100.0)))
    await asyncio.sleep(1.0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_at_the_moment_of_the_limit_is_not_swallowed() -> None:
    deadlines = Deadlines(limit=LIMIT)
    task = asyncio.create_task(deadlines.bound(asyncio.sleep(100.0)))
    asyncio.get_running_loop().call_later(LIMIT, task.cancel)

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_shorter_time_out_around_it_goes_first() -> None:
    deadlines = Deadlines(limit=LIMIT)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3.0):
            await deadlines.bound(asyncio.sleep(100.0))
    assert now() == pytest.approx(3.0)
