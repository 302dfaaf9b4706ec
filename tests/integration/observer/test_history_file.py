"""HISTORY_FILE: what is remembered over a restart, and what a disk may do to it."""

import asyncio
import logging
import resource
import sqlite3
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import pytest

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.observer.history import writer
from sqsd_adapters.observer.history.kept import KeptHistory
from sqsd_core import Message, MessageId, Query, ReceiptHandle
from sqsd_core.outcome import Failed
from sqsd_core.policy.life import Life, Standing
from sqsd_core.ports.observer import Ending

pytestmark = pytest.mark.integration


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


@asynccontextmanager
async def opened(path: Path, *, size: int = 1_000) -> AsyncIterator[KeptHistory]:
    async with KeptHistory(clock=SystemClock(), instance="host-7[21]", size=size, path=path, interval=0.02) as history:
        history.joined("", "jobs")
        yield history


def message(name: str, body: str = "secret body") -> Message:
    return Message(id=MessageId(name), receipt=ReceiptHandle("secret receipt"), body=body)


def fail(history: KeptHistory, name: str) -> None:
    history.arrived("", [message(name)])
    history.came_back("", message(name), Failed("status 500"), Ending(1.0, 2.0, last=True, began=SystemClock().now()))


def succeed(history: KeptHistory, *names: str) -> None:
    messages = [message(name) for name in names]
    history.arrived("", messages)
    history.succeeded("", messages, [SystemClock().now()] * len(messages), [1.0] * len(messages))
    history.deleted("", messages)


async def life(history: KeptHistory, name: str) -> Life:
    (found,) = (await history.find(Query(message_id=name))).lives
    return found


def ids(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM lives ORDER BY seq")]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def spoil(path: Path) -> None:
    whole = content(path)
    path.write_bytes(whole[:4_096] + b"\xff" * (len(whole) - 4_096))


async def logged(caplog: pytest.LogCaptureFixture, event: str) -> logging.LogRecord:
    async with asyncio.timeout(20):
        while not (found := [record for record in caplog.records if record.getMessage() == event]):  # noqa: ASYNC110 - a thread logs it
            await asyncio.sleep(0.01)
    return found[0]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_what_was_remembered_is_known_after_a_restart(path: Path) -> None:
    async with opened(path) as before:
        fail(before, "bad")
        succeed(before, "good")
        known = [await life(before, name) for name in ("bad", "good")]

    async with opened(path) as after:
        assert [await life(after, name) for name in ("bad", "good")] == known
        assert (await after.find(Query(failed=True))).causes[0].reason == "status 500"
        assert (await life(after, "good")).standing is Standing.DELETED


async def test_a_life_goes_on_after_a_restart(path: Path) -> None:
    async with opened(path) as before:
        fail(before, "bad")
    async with opened(path) as after:
        succeed(after, "bad")
        assert len((await life(after, "bad")).events) == 5


async def test_the_file_holds_no_more_messages_than_are_remembered(path: Path) -> None:
    async with opened(path, size=8) as history:
        fail(history, "bad")
        for number in range(100):
            succeed(history, f"good {number}")
            await asyncio.sleep(0.001)
        remembered = {str(name) for name in history.shelf.records}
    assert set(ids(path)) == remembered
    assert "bad" in remembered


async def test_a_smaller_history_forgets_what_has_no_room(path: Path) -> None:
    async with opened(path) as before:
        succeed(before, *(f"good {number}" for number in range(50)))
    async with opened(path, size=8) as after:
        assert (await after.find(Query())).remembered == 8
    assert len(ids(path)) == 8


async def test_only_the_owner_may_read_the_file_and_no_secret_is_in_it(path: Path) -> None:
    async with opened(path) as history:
        fail(history, "bad")
    assert mode(path) == 0o600
    assert b"secret" not in content(path)


async def test_a_corrupt_file_is_moved_aside_with_one_line(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with opened(path) as history:
        succeed(history, *(f"good {number}" for number in range(1_000)))
    spoil(path)

    async with opened(path) as history:
        fail(history, "bad")
        moved = await logged(caplog, "history file corrupt, moved aside")

    assert vars(moved)["moved_to"] == f"{path}.corrupt"
    assert path.with_name(f"{path.name}.corrupt").exists()
    assert ids(path) == ["bad"]
    assert caplog.messages.count("history file corrupt, moved aside") == 1


async def test_a_record_that_cannot_be_read_costs_itself_alone(path: Path) -> None:
    async with opened(path) as history:
        succeed(history, "a", "b")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE lives SET record = '{' WHERE id = 'a'")
        connection.commit()
    async with opened(path) as history:
        assert [found.message_id for found in (await history.find(Query())).lives] == ["b"]


async def test_a_full_disk_is_said_once_and_nothing_is_lost(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with opened(path, size=20_000) as history:
        with files_of_at_most(100_000):
            succeed(history, *(f"good {number}" for number in range(5_000)))
            await logged(caplog, "history file cannot be written")
            await asyncio.sleep(0.2)
            fail(history, "bad")
        await logged(caplog, "history file can be written again")
    assert caplog.messages.count("history file cannot be written") == 1
    assert len(ids(path)) == 5_001


async def test_a_file_that_another_process_has_is_waited_for(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with opened(path) as first:
        fail(first, "bad")
        await until_written(path, first)
        async with opened(path) as second:
            succeed(second, "good")
            await logged(caplog, "history file cannot be written")
            first._writer.stop()
            await logged(caplog, "history file can be written again")
            assert (await life(second, "bad")).standing is Standing.DEAD
    assert sorted(ids(path)) == ["bad", "good"]


async def until_written(path: Path, history: KeptHistory) -> None:
    async with asyncio.timeout(20):
        while not history._writer._written:  # noqa: ASYNC110 - a thread does it
            await asyncio.sleep(0.01)


async def test_changes_that_the_thread_cannot_take_are_counted_and_written_anew(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MAX_CHANGES", 10)
    async with opened(path) as history:
        succeed(history, *(f"good {number}" for number in range(100)))
        behind = await logged(caplog, "history file is behind, rewriting all of it")
    assert vars(behind)["dropped"] == 1
    assert len(ids(path)) == 100


def a_directory(path: Path) -> None:
    path.mkdir()


def a_text(path: Path) -> None:
    path.write_text("not a database, and longer than a header of SQLite would be" * 10)


def another_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (id)")


@pytest.mark.parametrize("make", [a_directory, a_text, another_database])
async def test_what_is_no_history_stops_the_start_and_is_left_alone(path: Path, make: Callable[[Path], None]) -> None:
    make(path)
    before = content(path)
    with pytest.raises(ConfigurationError, match=r"HISTORY_FILE|another program"):
        async with opened(path):
            pass
    assert content(path) == before
