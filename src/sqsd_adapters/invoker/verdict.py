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

Of a batch the same holds for each message, where the job returns one value for all of them. It may also return a list
of values in the order of the messages, or a batch response as Lambda has it (``invoker/batch``).

An exception's message is in no reason, since it may quote the body.
"""

from collections.abc import Sequence
from typing import cast, get_args

from sqsd_adapters.invoker import batch
from sqsd_core.errors import RetainMessage, RetryMessage
from sqsd_core.message import Message
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


def of_batch(value: object, messages: Sequence[Message]) -> Sequence[Outcome]:
    """Return the outcomes of a batch for a return value."""
    if issubclass(type(value), list | tuple):
        values = cast("Sequence[object]", value)
        if len(values) == len(messages):
            return [of_value(each) for each in values]
        return [Failed(f"returned {len(values)} values for {len(messages)} messages")] * len(messages)
    if type(value) is dict:
        return batch.outcomes_of(value, messages)
    return [of_value(value)] * len(messages)


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
