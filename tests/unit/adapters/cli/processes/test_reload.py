"""What SIGUSR1 changes in the parent of several processes."""

import asyncio
import os
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sqsd_adapters.cli import Settings
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.processes.reload import FamilyReload
from sqsd_adapters.cli.settings.kept_files import KeptFiles


class FakeSupervisor:
    """Notes its size."""

    patience = 60.0

    def __init__(self) -> None:
        self.count = 2

    def resize(self, count: int) -> None:
        self.count = count


class FakeBallot:
    """Accepts or refuses."""

    files = KeptFiles()

    def __init__(self) -> None:
        self.accepts = True
        self.asked: list[KeptFiles] = []

    async def accept(self, files: KeptFiles) -> bool:
        self.asked.append(files)
        return self.accepts


class FakeFamily:
    """Notes what it follows."""

    def __init__(self) -> None:
        self.followed: list[Configuration] = []

    def follow(self, configuration: Configuration) -> None:
        self.followed.append(configuration)


class Parent:
    """A parent whose settings are in its environment."""

    def __init__(self, *files: Path, **variables: Any) -> None:
        self.environ: MutableMapping[str, str] = {"PROCESSES": "2"}
        self.variables = variables
        self.supervisor = FakeSupervisor()
        self.family = FakeFamily()
        self.ballot = FakeBallot()
        self.cron: Path | None = None
        parts: dict[str, Any] = {"supervisor": self.supervisor, "family": self.family, "ballot": self.ballot}
        self._reload = FamilyReload(
            **parts,
            configuration=self._read(),
            reread=self._read,
            env_files=dict.fromkeys(files, ("PROCESSES",)),
            environ=self.environ,
        )

    async def reload(self) -> None:
        running = asyncio.create_task(self._reload.run())
        self._reload.request()
        await asyncio.sleep(0.1)
        running.cancel()

    def _read(self) -> Configuration:
        given: dict[str, Any] = {
            "PROCESSES": self.environ.get("PROCESSES", "1"),
            "CRON_FILE": self.cron,
            **self.variables,
        }
        return Configuration.of_one(
            Settings(QUEUE_URL="https://sqs.eu-west-1.amazonaws.com/123456789012/jobs", **given)
        )


@contextmanager
def read_pipe() -> Iterator[Path]:
    """A pipe that was read to its end, as after ``sqsd -e <(decrypt secrets)``."""
    reading, writing = os.pipe()
    os.close(writing)
    try:
        yield Path(f"/dev/fd/{reading}")
    finally:
        os.close(reading)


async def test_an_env_file_that_is_a_pipe_is_not_read_again() -> None:
    with read_pipe() as pipe:
        parent = Parent(pipe)
        await parent.reload()

    assert parent.supervisor.count == 2


async def test_an_env_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "sqsd.env"
    file.write_text("PROCESSES=2")
    parent = Parent(file)
    file.write_text("PROCESSES=3")
    await parent.reload()

    assert parent.supervisor.count == 3


@pytest.mark.parametrize(("seconds", "expected"), [(300, 300.0), (5, 60.0)])
async def test_processes_get_the_longest_drain_that_was_ever_asked_for(seconds: int, expected: float) -> None:
    parent = Parent(DRAIN_TIMEOUT=seconds)
    await parent.reload()

    assert parent.supervisor.patience == expected


async def test_the_monitor_follows_the_new_configuration() -> None:
    parent = Parent()
    await parent.reload()

    assert len(parent.family.followed) == 1


@pytest.mark.parametrize(("accepts", "expected"), [(True, 3), (False, 2)])
async def test_a_reload_that_a_process_refuses_changes_nothing(tmp_path: Path, *, accepts: bool, expected: int) -> None:
    file, cron = tmp_path / "sqsd.env", tmp_path / "cron.yaml"
    file.write_text("PROCESSES=3")
    cron.write_text("version: 1")
    parent = Parent(file)
    parent.cron, parent.ballot.accepts = cron, accepts
    await parent.reload()

    assert [asked.read(cron) for asked in parent.ballot.asked] == [b"version: 1"]
    assert parent.supervisor.count == expected
    assert parent.environ == {"PROCESSES": str(expected)}
    assert len(parent.family.followed) == accepts


async def test_a_number_that_is_refused_does_not_stay_in_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "sqsd.env"
    file.write_text("PROCESSES=zero")
    parent = Parent(file)
    await parent.reload()

    assert parent.environ == {"PROCESSES": "2"}


async def test_what_a_restart_of_the_daemon_applies_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    parent = Parent(LOG_LEVEL="info")
    for level in ("debug", "debug"):
        parent.variables["LOG_LEVEL"] = level
        parent.environ["PROCESSES"] = "4"
        await parent.reload()

    lines = [vars(record) for record in caplog.records if record.message == "changed variables need a restart"]
    assert [line["variables"] for line in lines] == [["LOG_LEVEL"]]
