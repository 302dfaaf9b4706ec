"""QUEUE_ENSURE: what must be true of the queue before the first receive."""

import logging
from typing import Any

from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.errors import ConfigurationError
from sqsd_core.flow.troubles import about

logger = logging.getLogger(__name__)


async def ensure(queue: Any, settings: Settings, *, label: str) -> None:  # noqa: ANN401 - of either kind
    """Check the queue, or create what is missing; once. ``label`` is the name of its table, for the log.

    Raises:
        ConfigurationError: the queue has no redrive policy.
        QueueRefused: a right is missing, or (QueueNotFound) the queue does not exist.
        QueueUnavailable: SQS does not answer.
    """
    if settings.QUEUE_ENSURE == "off":
        return
    if settings.QUEUE_ENSURE == "create" and hasattr(queue, "create_missing"):
        for change in await queue.create_missing(visibility=settings.VISIBILITY_TIMEOUT):
            logger.info("QUEUE_ENSURE=create made a change", extra={**about(queue=label), "change": change})
    description = await queue.describe()
    if description.max_receive_count is None:
        raise ConfigurationError(
            f"QUEUE_ENSURE={settings.QUEUE_ENSURE}: the queue {queue.name} has no redrive policy, so a message that"
            " always fails is tried again and again; set a redrive policy, or QUEUE_ENSURE=create"
        )
