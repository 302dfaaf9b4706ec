"""``work_off`` judges a job as the daemon does that INVOKER names, whatever kind of job it is."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from unittest.mock import AsyncMock, MagicMock

import pytest

from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.testing import EmbeddedQueue, Job, LoopClock, ScriptedInvoker, in_virtual_time, until, work_off
from sqsd_core import DaemonOptions, Message


class Says:
    """An invoker that returns what is no outcome."""

    answer: Any = None

    async def invoke(self, message: Message) -> Any:
        return self.answer


class Refuses(Says):
    answer = False


class InThread:
    """An invoker that is not async."""

    def invoke(self, message: Message) -> None: ...


class Emptied:
    """An invoker of batches."""

    async def invoke_batch(self, messages: Sequence[Message]) -> None: ...


class Called:
    """A class that can be called with a message once it is made."""

    def __call__(self, message: Message) -> None: ...


class CalledWithBatch:
    """A class that can be called with messages."""

    async def __call__(self, messages: list[Message]) -> None: ...


class EmptyLocks(MemoryLockStore):
    """A store with a length, which is 0 at first."""

    asked = 0

    def __len__(self) -> int:
        return 0

    async def acquire(self, *what: Any, **how: Any) -> Any:
        self.asked += 1
        return await super().acquire(*what, **how)


@pytest.mark.parametrize(
    ("job", "outcome"),
    [
        (Says(), "Succeeded"),
        (Says, "Succeeded"),
        (Refuses(), "Failed"),
        (InThread(), "Succeeded"),
        (InThread, "Succeeded"),
        (Called(), "Succeeded"),
        (Called, "Succeeded"),
        (AsyncMock(return_value=None), "Succeeded"),
        (MagicMock(return_value=None), "Succeeded"),
        (MagicMock(return_value=False), "Failed"),
    ],
)
@in_virtual_time
async def test_a_job_is_judged_as_in_production(job: Any, outcome: str) -> None:
    queue = EmbeddedQueue(max_receive_count=2)
    queue.send("a")
    board = await work_off(queue, job)
    assert set(board.outcomes) == {outcome}


@in_virtual_time
async def test_batches_are_judged_as_in_production() -> None:
    queue = EmbeddedQueue()
    queue.send("a")
    board = await work_off(queue, Emptied(), options=DaemonOptions(batch_size=2))
    assert board.outcomes == {"Succeeded": 1}


@in_virtual_time
async def test_each_kind_of_job_has_the_type_of_a_job() -> None:
    """A type checker reads the list."""
    jobs: list[Job] = [Says(), Says, InThread(), InThread, Called(), Called, lambda _: None]
    of_batches: list[Job] = [Emptied(), Emptied, CalledWithBatch(), CalledWithBatch]
    for job in jobs:
        await worked_off(job, DaemonOptions())
    for job in of_batches:
        await worked_off(job, DaemonOptions(batch_size=2))


async def worked_off(job: Job, options: DaemonOptions) -> None:
    queue = EmbeddedQueue()
    queue.send("a")
    await work_off(queue, job, options=options)


@in_virtual_time
async def test_a_mock_is_called_as_a_function() -> None:
    queue, job = EmbeddedQueue(), AsyncMock(return_value=None)
    queue.send("a")
    await work_off(queue, job)
    assert [call.args[0].body for call in job.await_args_list] == ["a"]


@in_virtual_time
async def test_a_lock_store_that_is_empty_is_used() -> None:
    queue, locks = EmbeddedQueue(), EmptyLocks(clock=LoopClock())
    queue.send("a")
    await work_off(queue, Says(), lock_store=locks)
    assert locks.asked > 0


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (
            Refuses(),
            r"after 30 s: <EmbeddedQueue .*>; the last job .* succeed: Failed\(reason='returned False'",
        ),
        (ScriptedInvoker(duration=3_600.0), "after 30 s: <EmbeddedQueue .*>; no job has failed"),
    ],
)
@in_virtual_time
async def test_what_work_off_could_not_work_off_is_explained(job: Job, said: str) -> None:
    queue = EmbeddedQueue()
    queue.send("a")
    with pytest.raises(TimeoutError, match=said):
        await work_off(queue, job, options=DaemonOptions(error_visibility_timeout=1.0), within=30.0)


@in_virtual_time
async def test_a_condition_that_does_not_become_true_is_a_time_out_that_says_so() -> None:
    def broken() -> bool:
        raise TimeoutError("of the condition")

    with pytest.raises(TimeoutError, match=r"the condition was not true within 0\.5 s"):
        await until(lambda: False, within=0.5)
    with pytest.raises(TimeoutError, match="of the condition"):
        await until(broken)


@in_virtual_time
async def test_a_condition_is_asked_less_often_as_time_passes() -> None:
    loop, asked = asyncio.get_running_loop(), list[float]()
    begin = loop.time()

    def a_day_later() -> bool:
        asked.append(loop.time() - begin)
        return asked[-1] >= 86_400

    await until(a_day_later, within=100_000)
    steps = [after - before for before, after in pairwise(asked)]
    assert steps[:10] == pytest.approx([0.01] * 10)
    assert len(asked) < 10_000
    assert asked[-1] < 86_400 * 1.02


@in_virtual_time
async def test_a_condition_is_asked_every_step_if_the_test_says_so() -> None:
    asked = 0

    def ask() -> bool:
        nonlocal asked
        asked += 1
        return False

    with pytest.raises(TimeoutError):
        await until(ask, within=999.5, step=1.0)
    assert asked == 1_000
