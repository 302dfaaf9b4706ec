"""Who watches the daemon, by its settings and its environment."""

import sys
from collections.abc import Mapping
from typing import Any

import pytest

from sqsd_adapters.cli.settings import Settings
from sqsd_adapters.cli.watching import Watching
from sqsd_adapters.errors import ConfigurationError

AGENT = {"ECS_AGENT_URI": "http://169.254.170.2/api/1"}


def watching(environ: Mapping[str, str], **variables: Any) -> Watching:
    return Watching(Settings(QUEUE_URL="memory://jobs", **variables), environ, supervised=True)


def names(watching: Watching) -> list[str]:
    return [type(observer).__name__ for observer in watching.observers]


@pytest.mark.parametrize(
    ("environ", "switch", "observers"),
    [
        ({}, "auto", []),
        (AGENT, "auto", ["TaskProtection"]),
        (AGENT, "on", ["TaskProtection"]),
        (AGENT, "off", []),
        ({"NOTIFY_SOCKET": "/run/notify"}, "auto", ["Systemd"]),
        ({"NOTIFY_SOCKET": "/run/notify", **AGENT}, "auto", ["Systemd", "TaskProtection"]),
    ],
)
def test_what_watches_is_what_the_environment_asks_for(
    environ: Mapping[str, str], switch: str, observers: list[str]
) -> None:
    made = watching(environ, ECS_TASK_PROTECTION=switch)
    assert names(made) == observers
    assert list(made.problems) == []


def test_a_program_that_embeds_the_daemon_speaks_for_itself() -> None:
    made = Watching(Settings(QUEUE_URL="memory://jobs"), {"NOTIFY_SOCKET": "/run/notify", **AGENT})
    assert names(made) == ["TaskProtection"]


def test_on_without_an_agent_is_a_problem_that_says_what_to_do() -> None:
    [problem] = watching({}, ECS_TASK_PROTECTION="on").problems
    assert problem.startswith("ECS_TASK_PROTECTION=on: ECS_AGENT_URI is not set")


def test_an_agent_that_is_no_url_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match=r"ECS_AGENT_URI: .*ECS_TASK_PROTECTION=off"):
        watching({"ECS_AGENT_URI": "169.254.170.2"})


def test_without_them_a_queue_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("sqsd_adapters.observer")]:
        monkeypatch.delitem(sys.modules, name)
    queue: Any = object()
    assert watching({}).around(queue) is queue
    assert not any(name.startswith("sqsd_adapters.observer") for name in sys.modules)
