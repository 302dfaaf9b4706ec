"""What of an outcome is an error to a tracer, and of which kind."""

import re
from typing import NamedTuple

from sqsd_core.outcome import Failed, Interrupted, Outcome, Unavailable

_STATUS = re.compile(r"status (\d{3})\b")
CUT_OFF = "cancelled"


class Problem(NamedTuple):
    """Why a job did not succeed."""

    #: one of few: a status, the name of an outcome
    kind: str
    reason: str


def problem_of(outcome: Outcome | None) -> Problem | None:
    """Read an outcome; None where the job did what it wanted, as with a retry that it asked for."""
    match outcome:
        case None:
            return Problem(CUT_OFF, "the drain ended before the job")
        case Failed(reason=reason) | Unavailable(reason=reason) | Interrupted(reason=reason):
            status = _STATUS.match(reason)
            return Problem(status[1] if status else type(outcome).__name__, reason)
        case _:
            return None
