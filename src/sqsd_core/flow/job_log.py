"""The log line about each end of a job: what it said, and when its message is tried again."""

import logging

from sqsd_core.message import Message
from sqsd_core.outcome import Failed, Interrupted, Outcome, Retained, RetryLater, Succeeded, Unavailable

LAST = "last try: SQS moves it to the dead-letter queue"

logger = logging.getLogger(__name__)


def log_success(message: Message, outcome: Outcome, duration: float) -> None:
    """Say that a message is done."""
    if logger.isEnabledFor(logging.DEBUG):
        logger.debug("job done", extra=_fields(message, outcome, duration))


def log_return(message: Message, outcome: Outcome, duration: float, *, again: float, last: bool) -> None:
    """Say that a message comes back in ``again`` seconds, or goes to the dead-letter queue then."""
    match outcome:
        case Succeeded() | Retained():
            level, event, reason = logging.DEBUG, "job done", "retained"
        case Failed(reason=reason) | Unavailable(reason=reason):
            level, event = logging.WARNING, "job failed"
        case RetryLater(reason=reason):
            level, event = logging.INFO, "job put off"
        case Interrupted(reason=reason):
            level, event = logging.INFO, "connection interrupted"
    if not logger.isEnabledFor(level):
        return
    fields = {"event": event, **_fields(message, outcome, duration), "reason": reason}
    if last:
        fields["next_try"] = following = LAST
    else:
        fields["next_try_in"] = round(again, 3)
        following = f"next try in {again:.3g} s"
    # The words stand in the text as well, for handlers that print nothing else.
    logger.log(level, "%s: message %s, %s; %s", event, message.id, reason, following, extra=fields)


def _fields(message: Message, outcome: Outcome, duration: float) -> dict[str, object]:
    return {
        "message_id": message.id,
        "receive_count": message.receive_count,
        "outcome": type(outcome).__name__,
        "duration": round(duration, 6),
    }
