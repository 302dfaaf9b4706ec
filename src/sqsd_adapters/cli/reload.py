"""SIGUSR1: reads CRON_FILE again; a file with a problem changes nothing."""

import logging
from typing import Any

from sqsd_adapters.cli.arguments import cron_tasks
from sqsd_adapters.cli.settings import Settings
from sqsd_adapters.errors import ConfigurationError

logger = logging.getLogger(__name__)


class Reload:
    """Reads the files of a running daemon again."""

    def __init__(self, *, settings: Settings, scheduler: Any) -> None:  # noqa: ANN401 - a Scheduler, or None
        self._settings = settings
        self._scheduler = scheduler

    def __call__(self) -> None:
        """Apply what changed, or say why not."""
        path = self._settings.CRON_FILE
        if path is None or self._scheduler is None:
            logger.info("nothing to read again", extra={"reason": "CRON_FILE is not set"})
            return
        try:
            tasks = cron_tasks(path)
        except ConfigurationError as error:
            logger.error("CRON_FILE not applied", extra={"reason": str(error)})  # noqa: TRY400 - the reason says it
            return
        self._scheduler.replace(tasks)
        logger.info("CRON_FILE read again", extra={"tasks": [task.name for task in tasks]})
