"""The log line about each end of a job: what it said, and when its message is tried again."""

import logging
from collections.abc import Sequence

from sqsd_core.message import Message
from sqsd_core.outcome import Failed, Interrupted, Outcome, Retained, RetryLater, Succeeded, Unavailable
from sqsd_core.ports.observer import Ending, Observer

LAST = "last try: SQS moves it to the dead-letter queue"

_SUCCEEDED = Succeeded()

logger = logging.getLogger(__name__)


class JobLog(Observer):
    """Logs what is settled."""

    def succeeded(
        self, queue: str, messages: Sequence[Message], began: Sequence[float], durations: Sequence[float]
    ) -> None:
        del began
        if logger.isEnabledFor(logging.DEBUG):
            for message, duration in zip(messages, durations, strict=True):
                logger.debug("job done", extra=_fields(queue, message, _SUCCEEDED, duration))

    def came_back(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        match outcome:
            case Succeeded() | Retained():
                level, event, reason = logging.DEBUG, "job done", "retained"
            case Failed(reason=reason) | Unavailable(reason=reason):
                level, event = logging.WARNING, "job failed"
            case RetryLater(reason=reason):
                level, event = logging.INFO, "job asked for a retry"
            case Interrupted(reason=reason):
                level, event = logging.INFO, "connection interrupted"
        if logger.isEnabledFor(level):
            fields = {**_fields(queue, message, outcome, ending.duration), "reason": reason}
            _log_return(level, event, fields, again=ending.again or 0.0, last=ending.last)


def _log_return(level: int, event: str, fields: dict[str, object], *, again: float, last: bool) -> None:
    """Say that a message comes back in ``again`` seconds, or goes to the dead-letter queue then."""
    if last:
        fields["next_try"] = following = LAST
    else:
        fields["next_try_in"] = round(again, 3)
        following = f"next try in {again:.3g} s"
    # The words stand in the text as well, for handlers that print nothing else.
    text = "%s: message %s, %s; %s"
    logger.log(level, text, event, fields["message_id"], fields["reason"], following, extra={"event": event, **fields})


def _fields(queue: str, message: Message, outcome: Outcome, duration: float) -> dict[str, object]:
    fields: dict[str, object] = {
        "message_id": message.id,
        "receive_count": message.receive_count,
        "outcome": type(outcome).__name__,
        "duration": round(duration, 6),
    }
    if answer := getattr(outcome, "answer", ""):
        fields["answer"] = answer
    return {"queue": queue, **fields} if queue else fields
