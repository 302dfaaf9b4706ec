"""The table of tasks, and how its monitor is reached."""

import io

import pytest
from rich.console import Console

from sqsd_adapters.cli.monitors.dialling import dialled
from sqsd_adapters.cli.watch.tasks import as_json, table_of
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.printable import printable
from sqsd_core.message import MessageId, ReceiptHandle
from sqsd_core.policy.scoreboard import Task

STARTED = 1_700_000_000.25


def task(number: int) -> Task:
    return Task(
        message_id=MessageId(f"m-{number}"),
        receipt=ReceiptHandle("hush"),
        started_at=STARTED,
        queue="jobs",
        receive_count=2,
    )


def printed(*tasks: Task, now: float = STARTED + 90, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(table_of({"127.0.0.1:6969": tasks}, now=now, width=width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_task_is_shown_with_its_age_queue_and_receive_count() -> None:
    assert printed(task(1)).splitlines()[1].split() == ["1m30s", "m-1", "jobs", "2"]


def test_more_room_shows_the_start() -> None:
    assert printed(task(1), width=120).splitlines()[1].split()[-1] == "2023-11-14T22:13:20Z"


def test_tasks_of_several_daemons_name_their_daemon_and_are_sorted_by_start() -> None:
    younger = Task(message_id=MessageId("m-2"), receipt=ReceiptHandle(""), started_at=STARTED + 1)
    tasks = as_json({"one:1": [younger], "two:2": [task(1)]}, now=STARTED + 90)
    assert [(each["address"], each["message_id"], each["running_for"]) for each in tasks] == [
        ("two:2", "m-1", 90),
        ("one:1", "m-2", 89),
    ]
    assert "hush" not in str(tasks)


def test_the_tasks_are_counted() -> None:
    assert [printed(*map(task, range(count))).splitlines()[-1].strip() for count in range(3)] == [
        "0 tasks in flight",
        "1 task in flight",
        "2 tasks in flight",
    ]


def test_no_receipt_is_shown() -> None:
    assert "hush" not in printed(task(1))


def test_a_clock_that_is_behind_shows_no_negative_duration() -> None:
    assert printed(task(1), now=STARTED - 5).splitlines()[1].split()[0] == "0s"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1:6969"),
        ("0.0.0.0", "127.0.0.1:6969"),
        ("::", "[::1]:6969"),
        ("::1", "[::1]:6969"),
        ("monitor.example", "monitor.example:6969"),
    ],
)
def test_the_address_to_dial_is_one_that_can_be_dialled(host: str, address: str) -> None:
    assert dialled(host, "6969") == address


def test_a_service_link_of_kubernetes_leaves_the_default_port() -> None:
    assert dialled("127.0.0.1", "tcp://10.96.7.12:80") == "127.0.0.1:6969"


@pytest.mark.parametrize("port", ["-1", "0", "65536", "grpc", "²"])
def test_a_port_that_cannot_be_dialled_is_refused(port: str) -> None:
    with pytest.raises(ConfigurationError, match="MONITORING_PORT="):
        dialled("127.0.0.1", port)


@pytest.mark.parametrize("name", ["[/red]", "[link=file:///]m", "\x1b[2J", "a\nb", "\u202egnp"])
def test_what_a_stranger_on_the_port_says_is_no_markup_and_moves_no_cursor(name: str) -> None:
    stranger = Task(message_id=MessageId(name), receipt=ReceiptHandle(""), started_at=STARTED)
    line = printed(stranger).splitlines()[1]
    assert printable(name) in line
    assert line.isprintable()
