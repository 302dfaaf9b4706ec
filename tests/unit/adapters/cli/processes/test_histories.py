"""The history of several processes: one answer from all."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from sqsd_adapters.cli.processes.histories import DEEPEST, Histories
from sqsd_core.message import MessageId
from sqsd_core.policy.history import Cause, Found, Query
from sqsd_core.policy.life import Event, Kind, Life

BUSY = 600  # messages of one process


class FakeProcess:
    """Remembers messages with odd or even times."""

    started = True

    def __init__(self, first: int, *, answers: bool = True) -> None:
        self.asked: list[Query] = []
        self._answers = answers
        self._lives = [_life(number) for number in range(2 * BUSY - 2 + first, -1, -2)]

    def find(self, query: Query) -> asyncio.Future[Found]:
        self.asked.append(query)
        found: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        if self._answers:
            lives = self._lives[: query.limit]
            cause = Cause(reason="status 500", messages=BUSY)
            more = query.limit if len(self._lives) > query.limit else 0
            found.set_result(Found(lives=lives, causes=[cause], next_page=more, since=1.0, remembered=BUSY, size=1_000))
        return found


def _life(number: int) -> Life:
    return Life(message_id=MessageId(f"m{number}"), events=[Event(kind=Kind.RECEIVED, at=float(number))])


def histories(*processes: Any) -> Histories:
    supervisor: Any = SimpleNamespace(running=dict(enumerate(processes, 1)))
    return Histories(supervisor=supervisor, instance="parent")


def numbers(found: Found) -> list[int]:
    return [int(life.at) for life in found.lives]


async def test_pages_go_through_the_messages_of_all_in_one_order() -> None:
    both = histories(FakeProcess(0), FakeProcess(1))
    seen, page = list[int](), 0
    while page or not seen:
        found = await both.find(Query(limit=100, page=page))
        seen += numbers(found)
        page = found.next_page
    assert seen == [*range(2 * BUSY - 1, 2 * BUSY - 1 - DEEPEST, -1)]


async def test_causes_and_sizes_are_added_up() -> None:
    found = await histories(FakeProcess(0), FakeProcess(1)).find(Query(limit=1))
    assert [(cause.reason, cause.messages) for cause in found.causes] == [("status 500", 2 * BUSY)]
    assert (found.remembered, found.size, found.instance) == (2 * BUSY, 2_000, "parent")


async def test_no_process_is_asked_for_more_than_the_deepest_page_and_the_history_is_there_all_the_same() -> None:
    process = FakeProcess(0)
    found = await histories(process).find(Query(limit=100, page=1_000_000))
    assert process.asked == [replace(Query(), page=0, limit=DEEPEST)]
    assert (numbers(found), found.next_page, found.size) == ([], 0, 1_000)


async def test_a_frozen_process_keeps_the_others_from_nothing() -> None:
    found = await histories(FakeProcess(0), FakeProcess(1, answers=False)).find(Query(limit=2))
    assert numbers(found) == [2 * BUSY - 2, 2 * BUSY - 4]
