"""Reads cron.yaml, the file of periodic tasks of Elastic Beanstalk; every problem is named with its line."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqsd_adapters.cron.expression import CronExpression
from sqsd_adapters.cron.yaml_lines import Entry, YamlProblem, read_entries
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.printable import printable
from sqsd_core.policy.schedule import CATCH_UP, PeriodicTask

MAX_SIZE = 1_048_576  # bytes
MAX_NAME = 200  # characters
MAX_CATCH_UP = 86_400.0  # seconds
MAX_SHOWN = 80  # characters of a value in an error
KNOWN = ("name", "url", "schedule", "timezone", "catch_up")
REQUIRED = ("name", "url", "schedule")

ReadDuration = Callable[[str], float]
ReadFile = Callable[[Path], bytes]


class CronFileProblem(ConfigurationError):
    """The file of periodic tasks has a problem."""


def read_cron_file(
    path: Path, *, read_duration: ReadDuration, read_file: ReadFile = Path.read_bytes
) -> Sequence[PeriodicTask]:
    """Read the tasks of a file.

    Args:
        path: the file
        read_duration: reads ``catch_up``; raises ValueError
        read_file: reads the file; raises OSError

    Raises:
        CronFileProblem: names every problem with its line.
    """
    try:
        content = read_file(path)
    except OSError as error:
        raise CronFileProblem(f"{path}: {error.strerror or 'not readable'}") from None
    if len(content) > MAX_SIZE:
        raise CronFileProblem(f"{path}: larger than {MAX_SIZE:,} bytes")
    return read_cron(content, name=str(path), read_duration=read_duration)


def read_cron(content: bytes, *, name: str, read_duration: ReadDuration) -> Sequence[PeriodicTask]:
    """Read the tasks of a file's content; ``name`` is the file's, for the errors.

    Raises:
        CronFileProblem: names every problem with its line.
    """
    try:
        version, entries = read_entries(content)
    except YamlProblem as problem:
        raise CronFileProblem(f"{name}, line {problem.line}: {problem}") from None
    reading = _Reading(read_duration)
    if version is None or version.value not in {1, "1"}:
        reading.problem(1 if version is None else version.line, _version_problem(version))
    tasks = [task for entry in entries if (task := reading.task(entry)) is not None]
    if reading.problems:
        lines = [f"{name}, line {line}: {text}" for line, text in sorted(reading.problems)]
        raise CronFileProblem("\n  ".join(lines) if len(lines) == 1 else "\n  ".join(["problems:", *lines]))
    return tasks


def _version_problem(version: Entry | None) -> str:
    if version is None:
        return "version is missing; expected version: 1"
    return f"version {_shown(version.value)}; expected version: 1"


class _Reading:
    """Collects the problems of one file."""

    def __init__(self, read_duration: ReadDuration) -> None:
        self._read_duration = read_duration
        self._lines: dict[str, int] = {}
        self.problems: list[tuple[int, str]] = []

    def problem(self, line: int, text: str) -> None:
        self.problems.append((line, text))

    def task(self, entry: Entry) -> PeriodicTask | None:
        before = len(self.problems)
        if not isinstance(entry.value, Mapping):
            self.problem(entry.line, "expected a task with name, url and schedule")
            return None
        given: Mapping[str, Entry] = entry.value
        self._check_keys(entry.line, given)
        values = {key: self._read(key, given[key]) for key in KNOWN if key in given}
        if len(self.problems) > before:
            return None
        return PeriodicTask(
            name=values["name"],
            path=values["url"],
            schedule=" ".join(str(given["schedule"].value).split()),
            expression=values["schedule"],
            zone=values.get("timezone", UTC),
            catch_up=values.get("catch_up", CATCH_UP),
        )

    def _check_keys(self, line: int, given: Mapping[str, Entry]) -> None:
        for key, entry in given.items():
            if key not in KNOWN:
                self.problem(entry.key_line, f"unknown key {_shown(key)}; known keys: {', '.join(KNOWN)}")
        for key in REQUIRED:
            if key not in given:
                self.problem(line, f"{key} is missing")

    def _read(self, key: str, entry: Entry) -> Any:  # noqa: ANN401 - by the key
        readers: dict[str, Callable[[Any], object]] = {
            "name": _read_name,
            "url": _read_path,
            "schedule": _read_schedule,
            "timezone": _read_zone,
            "catch_up": self._read_catch_up,
        }
        try:
            value = readers[key](entry.value)
        except ValueError as error:
            self.problem(entry.line, f"{key} {_shown(entry.value)}: {error}")
            return None
        if key == "name":
            self._check_unique(str(value), entry.line)
        return value

    def _check_unique(self, name: str, line: int) -> None:
        if name in self._lines:
            self.problem(line, f"name {_shown(name)} is also the name of the task in line {self._lines[name]}")
        self._lines.setdefault(name, line)

    def _read_catch_up(self, value: object) -> float:
        expected = "expected a duration such as 300s or 1h, up to 24h"
        try:
            seconds = self._read_duration(str(value))
        except ValueError:
            raise ValueError(expected) from None
        if isinstance(value, bool) or not 0 <= seconds <= MAX_CATCH_UP:
            raise ValueError(expected)
        return seconds


def _read_name(value: object) -> str:
    if isinstance(value, bool | float) or not isinstance(value, str | int) or not str(value).strip():
        raise ValueError("expected a text")
    text = str(value)
    if len(text) > MAX_NAME or not text.isprintable():
        raise ValueError(f"expected up to {MAX_NAME} printable characters")
    return text


def _read_path(value: object) -> str:
    if not isinstance(value, str) or not value.startswith("/") or value.startswith("//"):
        hint = "; the host is that of INVOKER_URL" if isinstance(value, str) and "//" in value else ""
        raise ValueError(f"expected a path that begins with one /{hint}")
    if any(not "!" <= character <= "~" or character == "#" for character in value):
        raise ValueError("expected a path without spaces, # and characters outside ASCII: percent-encode them")
    return value


def _read_schedule(value: object) -> CronExpression:
    if not isinstance(value, str):
        raise ValueError('expected five fields in quotes, such as "0 23 * * *"')  # noqa: TRY004 - as its siblings
    return CronExpression(value)


def _read_zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(value))
    except (ValueError, OSError, LookupError):  # LookupError: ZoneInfoNotFoundError is a KeyError
        raise ValueError("expected the name of an IANA time zone, such as Europe/Berlin") from None


def _shown(value: object) -> str:
    return printable(_plain(value), MAX_SHOWN)


def _plain(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return str(value) if isinstance(value, int | float | bool) or value is None else "of another kind"
