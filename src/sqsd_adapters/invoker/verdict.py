"""What a Python job's return value or exception means; pure.

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

from sqsd_core.errors import RetainMessage, RetryMessage
from sqsd_core.outcome import Failed, Outcome, Retained, RetryLater, Succeeded

SUCCEEDED = Succeeded()


def of_value(value: object) -> Outcome:
    """Judge what a job returned."""
    match value:
        case None | True:
            return SUCCEEDED
        case False:
            return Failed("returned False")
        case _ if isinstance(value, Outcome):
            return value
        case _:
            return Failed(f"returned {type(value).__qualname__}; a job returns None, a bool or an Outcome")


def of_error(error: BaseException) -> Outcome:
    """Judge what a job raised."""
    match error:
        case RetainMessage():
            return Retained()
        case RetryMessage():
            return RetryLater(error.after, str(error))
        case _:
            return Failed(f"raised {type(error).__qualname__}")
