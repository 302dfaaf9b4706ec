"""cron.yaml: EB's example, what we add to it, and every problem with its line."""

from contextlib import suppress
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqsd_adapters.cli.values.durations import parse_duration
from sqsd_adapters.cron.file import CronFileProblem, read_cron, read_cron_file
from sqsd_core.policy.schedule import PeriodicTask

#: as in AWS's developer guide
EXAMPLE = """version: 1
cron:
 - name: "backup-job"          # required - unique across all entries in this file
   url: "/backup"              # required - does not need to be unique
   schedule: "0 */12 * * *"    # required - does not need to be unique
 - name: "audit"
   url: "/audit"
   schedule: "0 23 * * *"
"""


def read(text: str) -> list[PeriodicTask]:
    return [*read_cron(text.encode(), name="cron.yaml", read_duration=parse_duration)]


def problem(text: str | bytes) -> str:
    with pytest.raises(CronFileProblem) as caught:
        read_cron(
            text.encode() if isinstance(text, str) else text,
            name="cron.yaml",
            read_duration=parse_duration,
        )
    return str(caught.value)


def one(line: str) -> str:
    """A file with one task, of which one line is another."""
    lines = {"name": "name: report", "url": "url: /report", "schedule": 'schedule: "0 23 * * *"'}
    key = line.partition(":")[0]
    lines[key] = line
    name, *others = lines.values()
    return "\n   ".join([f"version: 1\ncron:\n - {name}", *others])


def test_the_example_of_elastic_beanstalk_is_read_unchanged() -> None:
    tasks = read(EXAMPLE)
    assert [(task.name, task.path, task.schedule, task.zone, task.catch_up) for task in tasks] == [
        ("backup-job", "/backup", "0 */12 * * *", UTC, 300.0),
        ("audit", "/audit", "0 23 * * *", UTC, 300.0),
    ]


def test_a_task_may_have_a_time_zone_and_a_time_in_which_it_is_made_up_for() -> None:
    [task] = read(one("timezone: Europe/Berlin") + "\n   catch_up: 1h")
    assert (task.zone, task.catch_up) == (ZoneInfo("Europe/Berlin"), 3_600.0)


@pytest.mark.parametrize("catch_up", ["0s", "0", "300", "24h"])
def test_durations_are_those_of_other_variables(catch_up: str) -> None:
    [task] = read(one(f"catch_up: {catch_up}"))
    assert task.catch_up == parse_duration(catch_up)


def test_a_file_without_tasks_is_read() -> None:
    assert read("version: 1\ncron: []\n") == []
    assert read("version: 1\ncron:\n") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "line 1: the file is empty"),
        ("# nothing\n", "line 1: the file is empty"),
        ("just text", "line 1: expected version: 1 and cron:"),
        ("cron: []", "line 1: version is missing"),
        ("version: 2\ncron: []", "line 1: version 2; expected version: 1"),
        ("version: 1", "line 1: cron is missing"),
        ("version: 1\ncron: 5", "line 2: cron: expected a list of tasks"),
        ("version: 1\njobs: []", "line 2: unknown key 'jobs'; known keys: version, cron"),
        ("version: 1\ncron: []\ncron: []", "line 3: key 'cron' occurs twice"),
        ("version: 1\ncron:\n - report", "line 3: expected a task with name, url and schedule"),
        ("version: 1\ncron:\n - {}", "line 3: name is missing"),
        ("version: 1\ncron: &all\n - *all", "line 3: aliases (*name) are not supported"),
        ("version: 1\ncron: [", "line 2: not valid YAML"),
        ("[" * 5_000, "line 1: not valid YAML: nested too deeply"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_its_line(text: str, expected: str) -> None:
    assert expected in problem(text)


def test_a_file_that_is_no_text_is_refused() -> None:
    assert "not a text in UTF-8" in problem(b"version: \xc3(")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("url: http://localhost/report", 'line 4: url "http://localhost/report": expected a path that begins'),
        ("url: //example.com/report", "line 4: url"),
        ("url: report", "line 4: url"),
        ("url: /a b", 'line 4: url "/a b": expected a path without spaces'),
        ("url: /ü", "line 4: url"),
        ("url: 5", "line 4: url 5: expected a path"),
        ("name: ''", 'line 3: name "": expected a text'),
        ("name: true", "line 3: name True: expected a text"),
        ("name: [a]", "line 3: name of another kind: expected a text"),
        ('schedule: "0 23 * *"', 'line 5: schedule "0 23 * *": has 4 fields; expected 5: minute, hour'),
        ('schedule: "61 * * * *"', "line 5: schedule \"61 * * * *\": minute '61' is not valid"),
        ('schedule: "0 24 * * *"', "hour '24' is not valid"),
        ('schedule: "0 0 30 2 *"', "day of month '30' is not valid"),
        ('schedule: "0 0 * 13 *"', "month '13' is not valid"),
        ('schedule: "0 0 * * 8"', "day of week '8' is not valid"),
        ('schedule: "@daily"', "has 1 fields"),
        ("schedule: * * * * *", "line 5: not valid YAML"),
        ("schedule: 5", "line 5: schedule 5: expected five fields in quotes"),
        ("timezone: Mars/Olympus", 'line 6: timezone "Mars/Olympus": expected the name of an IANA time zone'),
        ("timezone: ../../etc/passwd", "line 6: timezone"),
        ("timezone: ''", "line 6: timezone"),
        ("catch_up: often", 'line 6: catch_up "often": expected a duration such as 300s or 1h, up to 24h'),
        ("catch_up: 25h", "line 6: catch_up"),
        ("catch_up: -5", "line 6: catch_up"),
        ("colour: red", 'line 6: unknown key "colour"; known keys: name, url, schedule, timezone, catch_up'),
    ],
)
def test_a_problem_is_named_with_its_line(line: str, expected: str) -> None:
    assert expected in problem(one(line))


def test_two_tasks_of_one_name_are_refused() -> None:
    text = EXAMPLE.replace('"audit"', '"backup-job"')
    assert 'line 6: name "backup-job" is also the name of the task in line 3' in problem(text)


def test_every_problem_is_named_at_once() -> None:
    text = EXAMPLE.replace("version: 1", "version: 2").replace('"/audit"', '"audit"').replace("0 23", "0 25")
    assert [line.strip().partition(": ")[0] for line in problem(text).splitlines()[1:]] == [
        "cron.yaml, line 1",
        "cron.yaml, line 7",
        "cron.yaml, line 8",
    ]


def test_what_the_file_says_goes_escaped_into_an_error() -> None:
    assert "\x1b" not in problem(one('url: "\\e[31m"'))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CronFileProblem, match="No such file"):
        read_cron_file(tmp_path / "cron.yaml", read_duration=parse_duration)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cron.yaml"
    path.write_text("#" * 1_048_577)
    with pytest.raises(CronFileProblem, match="larger than"):
        read_cron_file(path, read_duration=parse_duration)


@settings(deadline=None)
@given(st.text() | st.binary())
def test_any_content_is_read_or_refused(content: str | bytes) -> None:
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    with suppress(CronFileProblem):
        read_cron(raw, name="cron.yaml", read_duration=parse_duration)
