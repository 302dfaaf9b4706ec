"""How many processes the settings ask for, and what does not go together with several."""

import os
from collections.abc import Mapping

from sqsd_adapters.cli.processes.cores import usable_cores
from sqsd_adapters.cli.settings import Settings
from sqsd_adapters.errors import ConfigurationError


def processes(settings: Settings) -> int:
    """PROCESSES; ``auto`` is one per usable core."""
    return settings.PROCESSES or usable_cores()


def demand_one_process(settings: Settings) -> None:
    """Raise ConfigurationError where a program that runs the daemon inside itself is asked for more."""
    if settings.PROCESSES != 1:
        raise ConfigurationError("PROCESSES: only the command sqsd starts several processes; remove it here")


def demand_no_protection(settings: Settings, environ: Mapping[str, str] = os.environ) -> None:
    """Raise ConfigurationError where several processes would take the ECS task's protection from each other."""
    if environ.get("ECS_AGENT_URI") and settings.ECS_TASK_PROTECTION != "off":
        raise ConfigurationError(
            "PROCESSES: only one process can protect its ECS task from scale-in; set PROCESSES=1 and run more tasks, "
            "or ECS_TASK_PROTECTION=off"
        )
