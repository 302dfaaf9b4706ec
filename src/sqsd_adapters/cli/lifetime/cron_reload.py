"""Reads the CRON_FILE of each queue again, and gives its tasks to the scheduler."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sqsd_adapters.cli.assembly.parts import QueuePart
from sqsd_adapters.cli.assembly.periodic import cron_tasks
from sqsd_core.flow.troubles import about

if TYPE_CHECKING:
    from sqsd_core.policy.schedule import PeriodicTask

logger = logging.getLogger(__name__)

#: a queue, and the tasks that it is to have
Reread = tuple[QueuePart, "Sequence[PeriodicTask]"]


def reread_cron_files(queues: Iterable[QueuePart]) -> Iterator[Reread]:
    """Read the files of those queues that have periodic tasks; raises ConfigurationError."""
    for queue in queues:
        path = queue.table.settings.CRON_FILE
        if path is not None and _scheduler(queue) is not None:
            yield queue, cron_tasks(path)


def apply_cron_file(queue: QueuePart, tasks: "Sequence[PeriodicTask]") -> None:
    """Let the queue go on with these tasks."""
    _scheduler(queue).replace(tasks)
    fields = {**about(queue=queue.name), "tasks": [task.name for task in tasks]}
    logger.info("CRON_FILE read again", extra=fields)


def _scheduler(queue: QueuePart) -> Any:  # noqa: ANN401 - a Scheduler, or None
    return queue.parts.scheduler()
