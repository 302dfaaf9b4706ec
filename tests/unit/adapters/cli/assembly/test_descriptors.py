"""Whether the process may open as many file descriptors as its settings need."""

import resource
from typing import Any

import pytest

from sqsd_adapters.cli.assembly.descriptors import limits, needed, raise_limit, too_few
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.settings.settings import Settings


def configured(**variables: Any) -> Configuration:
    return Configuration.of_one(Settings(**variables))


MANY = configured(QUEUE_URL="memory://jobs", INVOKER_PARALLEL_COUNT=1_000, FETCHER_PARALLEL_COUNT=20)


def test_slots_and_receives_count_one_each() -> None:
    few = configured(QUEUE_URL="memory://jobs")
    assert needed(MANY) - needed(few) == 999 + 19


def test_the_monitor_counts_where_it_is_on() -> None:
    off = configured(QUEUE_URL="memory://jobs", MONITORING_PORT=-1)
    assert needed(off) < needed(configured(QUEUE_URL="memory://jobs"))


def test_a_limit_that_is_too_low_is_named_with_what_is_needed() -> None:
    (found,) = too_few(MANY, limit=1_024)
    assert (found.fields["needed"], found.fields["limit"]) == (str(needed(MANY)), "1024")
    assert "ulimit -n" in found.sentence
    assert "LimitNOFILE=" in found.sentence


@pytest.mark.parametrize("limit", [needed(MANY), resource.RLIM_INFINITY])
def test_a_limit_that_is_enough_brings_no_warning(limit: int) -> None:
    assert not list(too_few(MANY, limit=limit))


def test_a_soft_limit_that_is_enough_is_left_alone() -> None:
    before = limits()
    raise_limit(configured(QUEUE_URL="memory://jobs", MONITORING_PORT=-1))
    assert limits() == before
