"""One declaration per variable: what the core, the tables of sqsd.toml and a reload derive from it."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from sqsd_adapters import cli
from sqsd_adapters.cli.assembly import arguments
from sqsd_adapters.cli.configuration.configuration import OF_DAEMON
from sqsd_adapters.cli.configuration.tables import QUEUE_KEYS, WORKER_KEYS
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.cli.settings.variables import told
from sqsd_core import DaemonOptions

OPTIONS = {name: option for name, field in Settings.model_fields.items() if (option := told(field, "option"))}


def test_every_option_of_the_core_is_set_by_one_variable() -> None:
    assert sorted(OPTIONS.values()) == sorted(field.name for field in fields(DaemonOptions))


@pytest.mark.parametrize("option", fields(DaemonOptions), ids=lambda option: option.name)
def test_an_option_and_its_variable_have_the_same_default(option: object) -> None:
    name = getattr(option, "name", "")
    settings = Settings(QUEUE_URL="memory://jobs")
    if name != "drain_timeout":  # INVOKER_TIMEOUT, in the settings and in the core
        assert getattr(arguments.options(settings), name) == getattr(DaemonOptions(), name)


@pytest.mark.parametrize("name", [name for name in Settings.model_fields if name not in OPTIONS])
def test_a_variable_that_is_no_option_of_the_core_is_read_somewhere(name: str) -> None:
    package = Path(str(cli.__file__)).parent
    assert any(re.search(rf"\.{name}\b", path.read_text()) for path in package.rglob("*.py"))


def test_a_variable_is_declared_for_a_table_that_exists() -> None:
    assert {told(field, "of") for field in Settings.model_fields.values()} <= {None, "queue", "worker", "daemon"}


def test_a_table_takes_the_variables_that_are_declared_for_it() -> None:
    assert QUEUE_KEYS["fetcher_wait_time"] == "FETCHER_WAIT_TIME"
    assert WORKER_KEYS["breaker_cooldown"] == "BREAKER_COOLDOWN"
    assert WORKER_KEYS["parallel_count"] == "INVOKER_PARALLEL_COUNT"
    assert "DRAIN_TIMEOUT" in OF_DAEMON
    assert not {*QUEUE_KEYS.values()} & {*WORKER_KEYS.values()}
