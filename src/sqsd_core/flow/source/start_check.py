"""Asks the queue about itself before the first receive, and says what an operator should know of the answer."""

import logging

from sqsd_core.errors import QueueNotFound, QueueRefused, QueueUnavailable
from sqsd_core.flow.admission import Admission
from sqsd_core.policy.admission import Reason
from sqsd_core.ports.queue import Queue, QueueDescription

logger = logging.getLogger(__name__)


async def describe(queue: Queue, *, admission: Admission) -> QueueDescription | None:
    """Check at once whether the queue exists; after any other error the first receive decides.

    Raises:
        QueueNotFound: it does not.
    """
    try:
        description = await queue.describe()
    except QueueNotFound:
        raise
    except (QueueRefused, QueueUnavailable) as error:
        logger.warning("GetQueueAttributes failed", extra={"reason": str(error)})
        return None
    admission.open(Reason.STARTING)
    _say(queue.name, description)
    return description


def _say(name: str, description: QueueDescription) -> None:
    fields = {
        "queue": name,
        "visible": description.visible,
        "in_flight": description.in_flight,
        "max_receive_count": description.max_receive_count,
    }
    logger.info("queue found", extra=fields)
    if description.max_receive_count is None:
        risk = "a message that always fails is tried until its retention period ends; set a redrive policy"
        logger.warning("queue has no redrive policy", extra={"queue": name, "risk": risk})
