"""What is allowed and hardly meant."""

from typing import Any

import pytest

from sqsd_adapters.cli.advice import advice
from sqsd_adapters.cli.settings import Settings


def warned(*environ: str, **variables: Any) -> list[str]:
    settings = Settings(**{"QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/jobs", **variables})
    return [fields["variable"] for _, fields in advice(settings, environ=environ)]


def test_a_misspelt_variable_is_named_with_the_right_one() -> None:
    settings = Settings(QUEUE_URL="memory://jobs")
    found = list(advice(settings, environ=["QUEUE_URI", "QUEUE_URL", "PATH"]))
    assert found == [("unknown variable", {"variable": "QUEUE_URI", "did_you_mean": "QUEUE_URL"})]


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
