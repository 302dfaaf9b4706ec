"""An answer as an outcome: section 5 of the contract, without I/O."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import UTC
from email.utils import parsedate_to_datetime
from operator import itemgetter

from sqsd_adapters.transport.exchange import Answer
from sqsd_core.limits import MAX_VISIBILITY
from sqsd_core.outcome import Failed, Outcome, Retained, RetryLater, Succeeded, Unavailable

_ERRORS = range(400, 600)
_REDIRECTS = (300, 301, 302, 303, 307, 308)
_UNAVAILABLE = (502, 503)
_FULL = (429, 503)  # contract, section 5: INVOKER_ADAPTIVE then uses fewer slots
_RETRY_AFTER = b"retry-after"
_DISPOSITION = b"x-sqsd-disposition"
_ASKING = frozenset({_RETRY_AFTER, _DISPOSITION})
_NAME = itemgetter(0)  # of a header
_SUCCEEDED = Succeeded()  # one for all: to make one takes as long as a call


def outcome(answer: Answer, *, success: AbstractSet[int], now: Callable[[], float]) -> Outcome:
    """Read the answer; ``now`` tells the Unix time, for a ``Retry-After`` that is a date."""
    if _ASKING.isdisjoint(map(_NAME, answer.headers)):
        return _SUCCEEDED if answer.status in success else _outcome_of_status(answer.status, success=success)
    # of each, the first counts
    asked = {name: value for name, value in reversed(answer.headers) if name in _ASKING}
    after = parse_retry_after(asked[_RETRY_AFTER], now=now()) if _RETRY_AFTER in asked else None
    reason, full = f"status {answer.status}", answer.status in _FULL
    match asked.get(_DISPOSITION, b"").strip().lower():
        case b"delete":
            return _SUCCEEDED
        case b"retain":
            return Retained()
        case b"retry":
            reply = f"{reason}, disposition retry"
            return Failed(reply, full=full) if after is None else RetryLater(after, reason, full=full)
        case _:
            return _outcome_of_status(answer.status, success=success, after=after)


def parse_retry_after(value: bytes, *, now: float) -> float | None:
    """Read seconds or an HTTP date (RFC 9110, 10.2.3) as seconds from ``now``; None when it is neither."""
    text = value.strip()
    if text.isdigit():
        return min(float(text), MAX_VISIBILITY)
    try:
        date = parsedate_to_datetime(text.decode("ascii"))
        # RFC 9110 has only dates in UTC; asctime's form does not say so
        instant = date.replace(tzinfo=date.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(max(instant - now, 0.0), MAX_VISIBILITY)


def _outcome_of_status(status: int, *, success: AbstractSet[int], after: float | None = None) -> Outcome:
    if status in success:
        return _SUCCEEDED
    reason, full = f"status {status}", status in _FULL
    if status in _UNAVAILABLE:
        return Unavailable(reason, after=after, full=full)
    if after is not None and status in _ERRORS:
        return RetryLater(after, reason, full=full)
    return Failed(f"{reason}, redirects are not followed" if status in _REDIRECTS else reason, full=full)
