"""What is allowed and hardly meant."""

from pathlib import Path
from typing import Any

import pytest

from sqsd_adapters.cli.advice import advice
from sqsd_adapters.cli.settings import Settings


def warned(*environ: str, **variables: Any) -> list[str]:
    settings = Settings(**{"QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/jobs", **variables})
    return [found.fields["variable"] for found in advice(settings, environ=dict.fromkeys(environ, "x"))]


def test_a_misspelt_variable_is_named_with_the_right_one() -> None:
    settings = Settings(QUEUE_URL="memory://jobs")
    (found,) = advice(settings, environ=dict.fromkeys(["QUEUE_URI", "QUEUE_URL", "PATH"], "x"))
    assert (found.event, found.fields) == ("unknown variable", {"variable": "QUEUE_URI", "did_you_mean": "QUEUE_URL"})
    assert found.sentence == "unknown variable QUEUE_URI: did you mean QUEUE_URL?"


@pytest.mark.parametrize(("set_too", "warnings"), [([], 1), (["INVOKER_TIMEOUT"], 0)])
def test_the_name_of_another_daemon_is_named_unless_ours_is_set_too(set_too: list[str], warnings: int) -> None:
    environ = dict.fromkeys(["QUEUE_URL", "DEFAULT_INVOKER_TIMEOUT", *set_too], "x")
    found = list(advice(Settings(QUEUE_URL="memory://jobs"), environ=environ))
    assert [each.fields["did_you_mean"] for each in found] == ["INVOKER_TIMEOUT"] * warnings


def test_a_service_link_of_kubernetes_is_explained() -> None:
    (found,) = advice(Settings(QUEUE_URL="memory://jobs"), environ={"PROBE_PORT": "tcp://10.96.7.12:80"})
    assert (found.event, found.fields["variable"]) == ("variable ignored", "PROBE_PORT")
    assert "Kubernetes service link" in found.fields["reason"]
    assert "enableServiceLinks: false" in found.sentence


@pytest.mark.parametrize(
    ("mode", "events"),
    [
        (0o600, []),
        (0o644, ["env file is readable by others", "private key is readable by others"]),
        (0o620, ["env file is writable by others"]),
    ],
)
def test_files_that_others_may_read_or_write_are_named(tmp_path: Path, mode: int, events: list[str]) -> None:
    file = tmp_path / "file"
    file.touch()
    file.chmod(mode)
    settings = Settings(QUEUE_URL="memory://jobs", MONITORING_TLS_CERT=file, MONITORING_TLS_KEY=file)
    found = list(advice(settings, environ={}, env_files=[file]))
    assert [each.event for each in found] == events
    assert all(each.fields == {"file": str(file)} and str(file) in each.sentence for each in found)


def test_ordinary_settings_bring_no_warning() -> None:
    assert not warned("PATH", "HOME", INVOKER_URL="http://worker", MONITORING_HOST="127.0.0.1")


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"INVOKER": "jobs:run", "INVOKER_HEADERS": "A: b"}, "INVOKER_HEADERS"),
        ({"INVOKER": "jobs:run", "INVOKER_SUCCESS_STATUSES": "200"}, "INVOKER_SUCCESS_STATUSES"),
        ({"INVOKER": "jobs:run", "INVOKER_CLIENT": "httpx"}, "INVOKER_CLIENT"),
        ({"INVOKER_URL": "http://worker", "INVOKER_CA_FILE": "/dev/null"}, "INVOKER_CA_FILE"),
        ({"QUEUE_URL": "memory://jobs", "SQS_CLIENT": "short"}, "SQS_CLIENT"),
        ({"MONITORING_PORT": "-1", "MONITORING_HOST": "::"}, "MONITORING_HOST"),
        ({"LOCKER": "none", "LOCK_EXPIRE": "1h"}, "LOCK_EXPIRE"),
    ],
)
def test_a_variable_without_effect_is_named(variables: dict[str, str], name: str) -> None:
    assert warned(**variables) == [name]


def test_a_health_check_uses_the_worker_s_transport_beside_a_callable() -> None:
    assert not warned(INVOKER="jobs:run", INVOKER_HEALTHCHECK_URL="http://worker/health", INVOKER_CLIENT="httpx")


def test_tls_files_serve_a_worker_that_speaks_tls() -> None:
    assert not warned(INVOKER_URL="https://worker", INVOKER_CA_FILE="/dev/null")


@pytest.mark.parametrize(
    ("variables", "warnings"),
    [
        ({}, ["CRON_FILE"]),
        ({"LOCKER": "none"}, ["CRON_FILE"]),
        ({"SQLITE_LOCKER_PATH": "{folder}/locks"}, []),
        ({"QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/jobs.fifo"}, []),
    ],
)
def test_periodic_tasks_without_a_lasting_lock_store_are_named(
    tmp_path: Path, variables: dict[str, str], warnings: list[str]
) -> None:
    file = tmp_path / "cron.yaml"
    file.touch()
    given = {name: value.format(folder=tmp_path) for name, value in variables.items()}
    assert warned(CRON_FILE=file, **given) == warnings
