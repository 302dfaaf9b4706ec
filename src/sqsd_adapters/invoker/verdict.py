"""What a Python job's return value or exception means; pure, and raises nothing, whatever the job handed over.

=====================================  ==============================================
the job                                outcome
=====================================  ==============================================
returns None or True                   Succeeded
returns an Outcome                     that one
returns False                          Failed
returns anything else                  Failed: what is not understood is not deleted
raises RetainMessage                   Retained
raises RetryMessage(after=…)           RetryLater
raises anything else, also SystemExit  Failed, by the name of the exception's type
=====================================  ==============================================

An exception's message is in no reason, since it may quote the body.
"""

from typing import get_args

from sqsd_core.errors import RetainMessage, RetryMessage
from sqsd_core.outcome import Failed, Outcome, Retained, RetryLater, Succeeded

SUCCEEDED = Succeeded()
_OUTCOMES: tuple[type, ...] = get_args(Outcome)


def of_value(value: object) -> Outcome:
    """Return the outcome for a return value."""
    if value is None or value is True:
        return SUCCEEDED
    if value is False:
        return Failed("returned False")
    if issubclass(type(value), _OUTCOMES):  # isinstance would ask the value's own ``__class__``
        return _checked(value)  # type: ignore[arg-type]  # which mypy does not see
    return Failed(f"returned {type(value).__qualname__}; a job returns None, a bool or an Outcome")


def of_error(error: BaseException) -> Outcome:
    """Return the outcome for an exception."""
    try:
        if isinstance(error, RetainMessage):
            return Retained()
        if isinstance(error, RetryMessage):
            return RetryLater(error.after, str(error), full=error.full)
    except BaseException as second:  # noqa: BLE001 - an exception class of the job's own, whose text or ``after`` raises
        return Failed(f"raised {type(error).__qualname__}, which raised {type(second).__qualname__}")
    return Failed(f"raised {type(error).__qualname__}")


def _checked(outcome: Outcome) -> Outcome:
    """A reason that is not text would fail later, where no job can be blamed."""
    reason = getattr(outcome, "reason", "")
    if isinstance(reason, str):
        return outcome
    return Failed(f"returned {type(outcome).__qualname__} with a reason that is not a str")
