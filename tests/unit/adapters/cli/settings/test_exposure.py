"""Settings that send secrets or messages over a network in the clear."""

from typing import Any

import pytest

from sqsd_adapters.cli.settings.exposure import exposures
from sqsd_adapters.cli.settings.settings import Settings

QUEUE = "https://sqs.eu-west-1.amazonaws.com/1/jobs"
HEADERS = "X-Api-Key: hush"


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"QUEUE_URL": "http://sqs.example/1/jobs"}, ["QUEUE_URL"]),
        ({"SQS_ENDPOINT_URL": "http://10.0.0.7:9324"}, ["SQS_ENDPOINT_URL"]),
        ({"INVOKER_URL": "http://worker.example/", "INVOKER_HEADERS": HEADERS}, ["INVOKER_HEADERS"]),
        ({"INVOKER_URL": "http://user:hush@worker.example/"}, ["INVOKER_URL"]),
        ({"INVOKER_HEALTHCHECK_URL": "http://user:hush@worker.example/"}, ["INVOKER_HEALTHCHECK_URL"]),
        ({"REDIS_LOCKER_URL": "redis://:hush@redis.example:6379"}, ["REDIS_LOCKER_URL"]),
    ],
)
def test_what_is_sent_in_the_clear_is_named(variables: dict[str, Any], named: list[str]) -> None:
    found = list(exposures(Settings(**{"QUEUE_URL": QUEUE, **variables})))
    assert [each.variable for each in found] == named
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"QUEUE_URL": "http://127.0.0.1:9324/1/jobs"},
        {"QUEUE_URL": "http://sqs.example/1/jobs", "SQS_ENDPOINT_URL": "https://sqs.example"},
        {"INVOKER_URL": "http://worker.example/"},
        {"INVOKER_URL": "http://localhost:5000/", "INVOKER_HEADERS": HEADERS},
        {"INVOKER_URL": "http+unix://%2Frun%2Fworker.sock/", "INVOKER_HEADERS": HEADERS},
        {"INVOKER_URL": "https://user:hush@worker.example/", "INVOKER_HEADERS": HEADERS},
        {"REDIS_LOCKER_URL": "redis://:hush@[::1]:6379"},
        {"REDIS_LOCKER_URL": "rediss://:hush@redis.example"},
        {"REDIS_LOCKER_URL": "redis://redis.example"},
    ],
)
def test_what_stays_private_brings_no_warning(variables: dict[str, Any]) -> None:
    assert not list(exposures(Settings(**{"QUEUE_URL": QUEUE, **variables})))
