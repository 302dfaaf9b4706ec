"""Three processes on each kind of shared lock store, one of which is killed (faults.md, row 20)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest

from tests.support.lock_processes import LEASE, MESSAGES, SECONDS, begin, events, holder, python, runs_of
from tests.support.moto import moto_server
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.integration

SLACK = 1.0  # seconds; from the acquire to the begin that follows


class Place(NamedTuple):
    """A store, in the words of ``lock_holder``."""

    kind: str
    place: str


@pytest.fixture(params=["sqlite", "redis", "dynamodb"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    match request.param:
        case "sqlite":
            yield Place("sqlite", str(tmp_path / "locks.sqlite"))
        case "redis":
            async with RedisServer(directory=tmp_path) as server:
                yield Place("redis", server.url)
        case _:
            with moto_server() as url:
                yield Place("dynamodb", f"locks-{uuid4().hex}@{url}")


async def test_no_message_is_held_by_two_while_one_of_three_processes_is_killed(place: Place) -> None:
    async with AsyncExitStack() as stack:
        children = [await stack.enter_async_context(python(*holder(*place))) for _ in range(3)]
        for child in children:
            begin(child)
        await asyncio.sleep(SECONDS / 2)
        children[0].kill()
        said = await asyncio.gather(*map(events, children))

    assert [event for one in said for event in one if event[0] == "unavailable"] == []
    per_process = [runs_of(one) for one in said]
    assert all(per_process), "they worked"
    for message in map(str, range(MESSAGES)):
        runs = sorted(run for process in per_process for run in process.get(message, ()))
        for earlier, later in pairwise(runs):
            # A run that was cut off keeps its lock for the lease, from the acquire before its begin.
            end = earlier.end if earlier.end is not None else earlier.begin + LEASE - SLACK
            assert later.begin > end, f"message {message} was held twice"
    done = {message: at for one in said for event, message, at in one if event == "done"}
    for process in per_process:
        for message, at in done.items():
            assert all(run.begin < at for run in process.get(message, ())), f"message {message} ran after it was done"
