"""``sqsd cron``: the tasks of a file with their runs, and their export."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from sqsd_adapters.cli.assembly.periodic import cron_tasks
from sqsd_adapters.cli.cron.cron import print_schedules, print_tasks, table_of
from sqsd_adapters.errors import ConfigurationError

NOON = 1_767_268_800.0  # 2026-01-01T12:00:00Z
ROLE = "arn:aws:iam::123456789012:role/scheduler"
QUEUE = "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs"


def terminal(width: int) -> Console:
    return Console(file=io.StringIO(), width=width)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cron.yaml"
    path.write_text(
        'version: 1\ncron:\n - name: audit\n   url: /audit\n   schedule: "0 23 * * *"\n   timezone: Europe/Berlin\n'
    )
    return path


def test_a_task_is_shown_with_its_last_and_its_next_run(file: Path) -> None:
    table = table_of(cron_tasks(file), now=NOON, width=120)
    cells = [str(next(iter(column.cells))) for column in table.columns]
    assert cells == [
        *("audit", "/audit", "0 23 * * *", "Europe/Berlin"),
        *("2025-12-31T23:00+01:00", "2026-01-01T23:00+01:00", "10h"),
    ]


@pytest.mark.parametrize("width", [60, 80, 100, 120, 140])
def test_times_and_schedules_stay_on_one_line(file: Path, width: int) -> None:
    file.write_text(file.read_text().replace("audit", "nightly-audit-of-all-the-accounts-there-are"))
    shown = terminal(width)
    shown.print(table_of(cron_tasks(file), now=NOON, width=width))
    lines = shown.file.getvalue().splitlines()  # type: ignore[attr-defined] # a StringIO
    assert max(map(len, lines)) <= width
    assert [line for line in lines if "2026-01-01T23:00+01:00" in line and "0 23 * * *" in line and "10h" in line]


def test_the_same_is_printed_as_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_tasks(path=file, as_json=True)
    [task] = json.loads(capsys.readouterr().out)
    assert {name: task[name] for name in ("name", "path", "schedule", "timezone", "catch_up")} == {
        "name": "audit",
        "path": "/audit",
        "schedule": "0 23 * * *",
        "timezone": "Europe/Berlin",
        "catch_up": 300.0,
    }
    assert task["last"] < task["next"]


def test_the_table_is_printed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_tasks(path=file, as_json=False)
    assert "1 task" in capsys.readouterr().out


def test_the_export_is_a_list_of_schedules(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_schedules(path=file, queue_url=QUEUE, role_arn=ROLE)
    [schedule] = json.loads(capsys.readouterr().out)
    assert schedule["ScheduleExpressionTimezone"] == "Europe/Berlin"


def test_without_a_file_the_command_says_how_to_name_one() -> None:
    with pytest.raises(ConfigurationError, match="set CRON_FILE, or use --file"):
        print_tasks(path=None, as_json=False)


@pytest.mark.parametrize(
    ("queue_url", "reason"),
    [(None, "set QUEUE_URL"), ("memory://jobs", "embedded queue"), ("jobs", "not the URL of a queue")],
)
def test_the_export_needs_a_queue_in_sqs(file: Path, queue_url: str | None, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        print_schedules(path=file, queue_url=queue_url, role_arn=ROLE)


def test_the_export_needs_the_arn_of_a_role(file: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"--role-arn admin: expected an ARN, such as arn:aws:iam::"):
        print_schedules(path=file, queue_url="https://sqs.eu-west-1.amazonaws.com/1/jobs", role_arn="admin")
