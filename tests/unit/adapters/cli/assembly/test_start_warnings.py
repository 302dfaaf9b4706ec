"""The warnings of a whole configuration: of its settings, and what its parts will log."""

from pathlib import Path
from typing import Any

import pytest

from sqsd_adapters.cli.assembly.advice import Advice
from sqsd_adapters.cli.assembly.start_warnings import start_warnings
from sqsd_adapters.cli.configuration.config_file import read_config_file
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.monitor.address import EXPOSED

QUEUE = "https://sqs.eu-west-1.amazonaws.com/1/jobs"
TLS = {"MONITORING_TLS_CERT": "/dev/null", "MONITORING_TLS_KEY": "/dev/null"}


def warned(*, parts: bool = True, **variables: Any) -> list[Advice]:
    settings = Settings(**{"QUEUE_URL": QUEUE, "INVOKER_URL": "http://localhost/", **variables})
    return list(start_warnings(Configuration.of_one(settings), environ={}, parts=parts))


@pytest.mark.parametrize(
    ("variables", "fix"),
    [
        ({}, "set MONITORING_TLS_CERT and MONITORING_TLS_KEY, and MONITORING_TOKEN or MONITORING_TLS_CLIENT_CA"),
        ({"MONITORING_TOKEN": "s3cret"}, "set MONITORING_TLS_CERT and MONITORING_TLS_KEY"),
        (TLS, "set MONITORING_TOKEN or MONITORING_TLS_CLIENT_CA"),
    ],
)
def test_a_monitor_that_strangers_reach_is_named_with_what_is_missing(variables: dict[str, Any], fix: str) -> None:
    (found,) = warned(MONITORING_HOST="0.0.0.0", **variables)
    assert (found.event, found.fields["variable"]) == (EXPOSED, "MONITORING_HOST")
    assert found.sentence == f"MONITORING_HOST=0.0.0.0: the {EXPOSED}"
    assert found.fix == f"{fix}; or set MONITORING_HOST=127.0.0.1"


@pytest.mark.parametrize(
    "variables",
    [
        {"MONITORING_HOST": "0.0.0.0", "MONITORING_TOKEN": "s3cret", **TLS},
        {"MONITORING_HOST": "0.0.0.0", "MONITORING_TLS_CLIENT_CA": "/dev/null", **TLS},
        {"MONITORING_HOST": "::1"},
        {"AWS_REGION": "eu-west-1"},
        {"AWS_REGION": "us-east-1", "QUEUE_URL": "http://localhost:9324/1/jobs"},
        {"AWS_REGION": "us-east-1", "QUEUE_URL": "memory://jobs"},
    ],
)
def test_what_is_as_it_should_be_brings_no_warning(variables: dict[str, Any]) -> None:
    assert not warned(**variables)


def test_a_monitor_that_is_off_is_not_exposed() -> None:
    events = [found.event for found in warned(MONITORING_HOST="0.0.0.0", MONITORING_PORT=-1)]
    assert events == ["variable has no effect"]


def test_another_region_than_the_queues_is_named() -> None:
    (found,) = warned(AWS_REGION="us-east-1")
    assert found.sentence == "AWS_REGION differs from the region in QUEUE_URL: us-east-1 and eu-west-1"


def test_a_lock_file_that_others_may_write_is_named(tmp_path: Path) -> None:
    file = tmp_path / "locks.sqlite"
    file.touch()
    file.chmod(0o620)
    (found,) = warned(SQLITE_LOCKER_PATH=file)
    assert found.sentence == f"SQLITE_LOCKER_PATH: the lock file is writable by other users: {file}"
    file.chmod(0o600)
    assert not warned(SQLITE_LOCKER_PATH=file)


def test_what_the_parts_log_themselves_can_be_left_out(tmp_path: Path) -> None:
    file = tmp_path / "locks.sqlite"
    file.touch()
    file.chmod(0o620)
    assert not warned(parts=False, MONITORING_HOST="0.0.0.0", AWS_REGION="us-east-1", SQLITE_LOCKER_PATH=file)


def several(folder: Path, *, orders: str = "", mails: str = "", web: str = "", post: str = "") -> list[Advice]:
    path = folder / "sqsd.toml"
    path.write_text(
        f'[worker.web]\nurl = "http://localhost/"\n{web}\n[worker.post]\nurl = "http://localhost/"\n{post}\n'
        f'[queue.orders]\nurl = "{QUEUE}"\nworker = "web"\n{orders}\n'
        f'[queue.mails]\nurl = "{QUEUE}.fifo"\nworker = "post"\n{mails}\n'
    )
    path.chmod(0o600)
    return list(start_warnings(read_config_file(path), environ={}, config=path))


def test_a_warning_about_some_queues_names_each(tmp_path: Path) -> None:
    (found,) = several(tmp_path, orders='aws_region = "us-east-1"')
    assert (found.fields["queue"], found.table) == ("orders", ("queue", "orders"))
    assert found.line.startswith("[queue.orders] AWS_REGION differs")


def test_a_warning_about_some_workers_names_each(tmp_path: Path) -> None:
    (found,) = several(tmp_path, post='ca_file = "/dev/null"')
    assert found.table == ("worker", "post")
    assert (found.fields["worker"], found.fields["variable"]) == ("post", "INVOKER_CA_FILE")


def test_a_warning_about_all_tables_is_one(tmp_path: Path) -> None:
    (found,) = several(tmp_path, orders='aws_region = "us-east-1"', mails='aws_region = "us-east-1"')
    assert "queue" not in found.fields
