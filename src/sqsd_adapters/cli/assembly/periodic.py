"""The periodic tasks of CRON_FILE, and the scheduler that enqueues them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqsd_adapters.cli.assembly.advice import PASSING_LOCKERS
from sqsd_adapters.cli.assembly.arguments import lazy
from sqsd_adapters.cli.settings.kept_files import read_file
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.cli.values.durations import parse_duration
from sqsd_adapters.errors import ConfigurationError
from sqsd_core.flow.loops import Service

if TYPE_CHECKING:
    from sqsd_core.policy.schedule import PeriodicTask


def cron_tasks(path: Path) -> "Sequence[PeriodicTask]":
    """Read CRON_FILE.

    Raises:
        ConfigurationError: the file has a problem, or the extra is not installed.
    """
    try:
        read: Any = lazy("cron.file:read_cron_file")
        tasks: Sequence[PeriodicTask] = read(path=path, read_duration=parse_duration, read_file=read_file)
    except ModuleNotFoundError as error:
        raise ConfigurationError("CRON_FILE needs the extra cron: pip install 'sqsd[cron]'") from error
    return tasks


def scheduler(
    settings: Settings,
    *,
    sender: object,
    lock_store: object,
    clock: object,
    instance: str,
    queue_name: str,
    label: str,
) -> object:
    return lazy("flow.services.scheduler:Scheduler", package="sqsd_core")(
        sender=sender,
        lock_store=lock_store,
        clock=clock,
        instance=instance,
        fifo=queue_name.endswith(".fifo"),
        lasting=settings.LOCKER not in PASSING_LOCKERS,
        tasks=cron_tasks(settings.CRON_FILE) if settings.CRON_FILE is not None else (),
        label=label,
    )


def services(scheduler: Any) -> Mapping[str, Service]:  # noqa: ANN401 - imported only where it is used
    return {} if scheduler is None else {"scheduler": scheduler.run}
