"""``work_off`` judges a job as the daemon does that INVOKER names, whatever kind of job it is."""

from collections.abc import Sequence
from typing import Any
from unittest.mock import AsyncMock, MagicMock

import pytest

from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.testing import EmbeddedQueue, LoopClock, in_virtual_time, work_off
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
    board = await work_off(queue, Emptied(), options=DaemonOptions(batch_size=2))  # type: ignore[arg-type]
    assert board.outcomes == {"Succeeded": 1}


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
