"""Reads the CRON_FILE of a queue again; a file with a problem changes nothing."""

import logging
from typing import Any

from sqsd_adapters.cli.parts import QueuePart
from sqsd_adapters.cli.periodic import cron_tasks
from sqsd_adapters.errors import ConfigurationError
from sqsd_core.flow.troubles import about

logger = logging.getLogger(__name__)


def reread_cron_file(queue: QueuePart) -> bool:
    """Apply what changed, or say why not; False where the queue has no periodic tasks."""
    path, scheduler = queue.table.settings.CRON_FILE, _scheduler(queue)
    if path is None or scheduler is None:
        return False
    named = about(queue=queue.name)
    try:
        tasks = cron_tasks(path)
    except ConfigurationError as error:
        logger.error("CRON_FILE not applied", extra={**named, "reason": str(error)})  # noqa: TRY400 - the reason says it
        return True
    scheduler.replace(tasks)
    logger.info("CRON_FILE read again", extra={**named, "tasks": [task.name for task in tasks]})
    return True


def _scheduler(queue: QueuePart) -> Any:  # noqa: ANN401 - a Scheduler, or None
    return queue.parts.scheduler()
