"""A reload that all processes accept is applied by all, one that a process refuses by none."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sqsd_adapters.cli.processes.ballot import PATIENCE, Ballot
from sqsd_adapters.cli.processes.supervisor import Supervisor
from sqsd_adapters.cli.settings.kept_files import KeptFiles

REFUSED = "reload refused, nothing has changed"
OLD, NEW = KeptFiles({"sqsd.toml": "old"}), KeptFiles({"sqsd.toml": "new"})


class FakeProcess:
    """Answers when the test says so."""

    pid = 7

    def __init__(self, number: int, files: KeptFiles = OLD) -> None:
        self.number = number
        self.files = files
        self.answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self.told: list[KeptFiles | None] = []

    def answering(self, answer: str | None) -> "FakeProcess":
        self.answer.set_result(answer)
        return self

    def prepare(self, files: KeptFiles) -> asyncio.Future[str | None]:
        self.told.append(files)
        return self.answer

    def decide(self, accepted: KeptFiles | None) -> None:
        self.told.append(accepted)
        self.files = accepted or self.files


class Parent:
    """So many processes, and their ballot."""

    def __init__(self, *processes: FakeProcess) -> None:
        self.processes = processes
        supervisor: Any = Supervisor(start=lambda _: None, count=2, patience=1.0, random=lambda: 0.0)  # type: ignore[arg-type,return-value]
        supervisor.running = {process.number: process for process in processes}
        self.supervisor: Supervisor = supervisor
        self.starter = starter = cast("Any", SimpleNamespace(files=OLD))
        self.ballot = Ballot(supervisor=supervisor, starter=starter)

    @property
    def running(self) -> list[KeptFiles]:
        """What they run, and what the next one that is started will run."""
        return [*(process.files for process in self.processes), self.starter.files]

    def begin(self, process: Any) -> None:
        self.supervisor.running[process.number] = process
        for told in self.supervisor.on_start:
            told(process)


async def test_what_all_accept_all_apply() -> None:
    parent = Parent(FakeProcess(1).answering(""), FakeProcess(2).answering(""))
    assert await parent.ballot.accept(NEW)
    assert parent.running == [NEW] * 3
    assert [process.told for process in parent.processes] == [[NEW, NEW]] * 2


async def test_what_one_refuses_none_applies(caplog: pytest.LogCaptureFixture) -> None:
    parent = Parent(FakeProcess(1).answering(""), FakeProcess(2).answering("no such queue"))
    assert not await parent.ballot.accept(NEW)
    assert parent.running == [OLD] * 3
    assert [process.told for process in parent.processes] == [[NEW, None]] * 2
    [line] = [vars(record) for record in caplog.records if record.message == REFUSED]
    assert (line["process_number"], line["reason"]) == (2, "no such queue")


async def test_one_that_is_frozen_refuses_after_a_while(caplog: pytest.LogCaptureFixture) -> None:
    parent = Parent(FakeProcess(1).answering(""), FakeProcess(2))
    began = asyncio.get_running_loop().time()
    assert not await parent.ballot.accept(NEW)
    assert asyncio.get_running_loop().time() - began == PATIENCE
    assert parent.running == [OLD] * 3
    assert vars(caplog.records[0])["reason"] == "the process does not answer"


async def test_one_that_ends_meanwhile_has_no_say() -> None:
    parent = Parent(FakeProcess(1).answering(""), FakeProcess(2).answering(None))
    assert await parent.ballot.accept(NEW)


async def test_what_no_process_has_tried_is_not_accepted(caplog: pytest.LogCaptureFixture) -> None:
    for parent in (Parent(FakeProcess(1).answering(None)), Parent()):
        assert not await parent.ballot.accept(NEW)
        assert parent.starter.files is OLD
    assert [record.message for record in caplog.records] == [REFUSED] * 2


async def test_one_that_was_started_with_the_old_files_gets_those_that_are_accepted() -> None:
    parent = Parent(FakeProcess(1).answering(""))
    during, later = FakeProcess(2), FakeProcess(3)
    parent.processes[0].answer = asyncio.get_running_loop().create_future()
    accepting = asyncio.create_task(parent.ballot.accept(NEW))
    await asyncio.sleep(1.0)
    parent.begin(during)
    assert during.told == []
    parent.processes[0].answering("")
    assert await accepting
    parent.begin(later)
    assert during.told == later.told == [NEW, NEW]


async def test_one_that_was_started_with_the_accepted_files_is_left_alone() -> None:
    parent = Parent(FakeProcess(1).answering(""))
    await parent.ballot.accept(NEW)
    fresh = FakeProcess(2, files=NEW)
    parent.begin(fresh)
    assert fresh.told == []


async def test_nothing_is_applied_during_a_drain() -> None:
    parent = Parent(FakeProcess(1))
    accepting = asyncio.create_task(parent.ballot.accept(NEW))
    await asyncio.sleep(1.0)
    parent.supervisor.running = {}
    parent.supervisor.stop()
    parent.processes[0].answering("")
    assert not await accepting
    assert parent.running == [OLD] * 2


async def test_a_reload_waits_for_the_first_process() -> None:
    parent = Parent()
    accepting = asyncio.create_task(parent.ballot.accept(NEW))
    await asyncio.sleep(PATIENCE / 2)
    first = FakeProcess(1).answering("")
    parent.begin(first)
    assert await accepting
    assert first.told == [NEW, NEW]
