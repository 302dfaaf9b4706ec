"""How many processes the settings ask for, and where there can be one only."""

from sqsd_adapters.cli.processes.cores import usable_cores
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.errors import ConfigurationError


def processes(settings: Settings) -> int:
    """PROCESSES; ``auto`` is one per usable core."""
    return settings.PROCESSES or usable_cores()


def demand_one_process(settings: Settings) -> None:
    """Raise ConfigurationError where a program that runs the daemon inside itself is asked for more."""
    if settings.PROCESSES != 1:
        raise ConfigurationError("PROCESSES: only the command sqsd starts several processes; remove it here")
