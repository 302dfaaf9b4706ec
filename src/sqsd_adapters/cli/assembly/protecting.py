"""The protection of an ECS task, where ECS offers it and the settings want it."""

from collections.abc import Mapping
from typing import Any

from sqsd_adapters.cli.assembly.arguments import lazy
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.errors import ConfigurationError
from sqsd_core import Clock

AGENT = "ECS_AGENT_URI"


def is_protected(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Whether the task is to be protected from scale-in."""
    return settings.ECS_TASK_PROTECTION != "off" and bool(environ.get(AGENT))


def make_agent(environ: Mapping[str, str]) -> Any:  # noqa: ANN401 - imported only where it is used
    """Make the way to the ECS agent; raises ConfigurationError for an address that is none."""
    try:
        return lazy("observer.ecs:agent")(url=environ[AGENT])
    except ValueError as error:
        raise ConfigurationError(f"{AGENT}: {error}; set ECS_TASK_PROTECTION=off to ignore it") from error


def make_protection(agent: object, *, clock: Clock) -> Any:  # noqa: ANN401 - as above
    return lazy("observer.ecs:TaskProtection")(exchange=agent, clock=clock)
