"""The beginning of what a job said when it failed, for LOG_ANSWERS; escaped, since it goes into logs and terminals."""

from codecs import getincrementaldecoder
from dataclasses import replace

from sqsd_adapters.printable import printable
from sqsd_core.outcome import Failed, Outcome, RetryLater, Unavailable

ESCAPED = 4  # characters that one byte takes at most, escaped

_decoder = getincrementaldecoder("utf-8")


def with_answer(outcome: Outcome, answer: bytes, *, limit: int) -> Outcome:
    """Add the first ``limit`` bytes of the answer to an outcome that is a failure."""
    if not (limit and answer and isinstance(outcome, Failed | RetryLater | Unavailable)):
        return outcome
    # a character that the limit cuts in two is left out
    text = _decoder("backslashreplace").decode(answer[:limit], final=len(answer) <= limit)
    return replace(outcome, answer=printable(text, limit * ESCAPED))


def with_error(outcome: Outcome, error: BaseException, *, limit: int) -> Outcome:
    """Likewise with the text of an exception."""
    if not limit:
        return outcome
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001 - an exception class of the job's own
        return outcome
    return with_answer(outcome, text.encode("utf-8", "backslashreplace"), limit=limit)
