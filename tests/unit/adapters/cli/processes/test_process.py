"""The parent's hold on one process: what it says, and what is done with it."""

import asyncio
import signal
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from sqsd_adapters.cli.processes.process import Process
from sqsd_adapters.cli.settings.kept_files import KeptFiles

OLD, NEW = KeptFiles({"sqsd.toml": "old"}), KeptFiles({"sqsd.toml": "new"})


class FakeChannel:
    """Says what the test says, and notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.says: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()

    def send(self, kind: str, content: object = None) -> None:
        self.told.append((kind, content))

    async def lines(self) -> AsyncIterator[tuple[str, Any]]:
        while True:
            yield await self.says.get()

    async def close(self) -> None: ...


class FakeOs:
    """A process of the system."""

    pid = 7

    def __init__(self) -> None:
        self.code: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def wait(self) -> int:
        return await self.code


class Killable(Process):
    """Signals no process of the system."""

    _process: Any

    def kill(self) -> None:
        self._process.code.set_result(-signal.SIGKILL)


class Held:
    """A process that runs."""

    def __init__(self) -> None:
        self.channel, self.os = FakeChannel(), FakeOs()
        parts: dict[str, Any] = {
            "process": self.os,
            "channel": self.channel,
            "locks": SimpleNamespace(close=lambda: None),
        }
        self.process = Killable(number=1, files=OLD, **parts)
        self.ending = asyncio.create_task(self.process.ended())

    async def says(self, kind: str, content: object = None) -> None:
        self.channel.says.put_nowait((kind, content))
        await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("kind", "content"), [("hello", None), ("snapshot", {"tasks": 1}), ("prepared", 7), ("found", ["one"])]
)
async def test_one_that_is_not_understood_is_killed(
    kind: str, content: object, caplog: pytest.LogCaptureFixture
) -> None:
    held = Held()
    await held.says(kind, content)
    assert await held.ending == -signal.SIGKILL
    assert caplog.messages == ["process not understood, killing it"]


async def test_the_answer_to_the_latest_reload_counts() -> None:
    held = Held()
    held.process.prepare(NEW)
    held.process.decide(None)
    answer = held.process.prepare(NEW)
    await held.says("prepared", [1, "too late"])
    assert not answer.done()
    await held.says("prepared", [2, ""])
    assert answer.result() == ""
    assert held.process.files is OLD
    held.process.decide(NEW)
    assert held.process.files is NEW
    assert [told for told in held.channel.told if told[0] == "decided"] == [
        ("decided", [1, False]),
        ("decided", [2, True]),
    ]
    held.process.kill()
    await held.ending


async def test_one_that_ends_answers_no_reload() -> None:
    held = Held()
    answer = held.process.prepare(NEW)
    held.process.kill()
    await held.ending
    assert answer.result() is None
