"""Cron's five fields as an expression of the core; cronsim does the counting, in wall time alone."""

from datetime import datetime

from cronsim import CronSim, CronSimError

FIELDS = 5  # minute, hour, day of the month, month, day of the week
HOURS = 24
_START = datetime(2000, 1, 1)  # noqa: DTZ001 - wall time; only shows whether the expression can be read


class CronExpression:
    """Five fields, with ``*``, lists, ranges, steps, names of days and months, and ``L`` for the last day.

    Raises:
        ValueError: it cannot be read, or never occurs; the message says which field.
    """

    def __init__(self, text: str) -> None:
        fields = text.split()
        if len(fields) != FIELDS:
            raise ValueError(f"has {len(fields)} fields; expected 5: minute, hour, day of month, month, day of week")
        self._text = " ".join(fields)
        try:
            hours = CronSim(self._text, _START).hours
        except CronSimError as error:
            raise ValueError(_sentence(str(error), fields)) from None
        except (AssertionError, TypeError, ValueError):
            raise ValueError("is not valid") from None  # cronsim's own checks miss some combinations
        if self.after(_START) is None:
            raise ValueError("never occurs")
        #: whether its hours are not restricted, so that it is an interval and no time of day
        self.every_hour = len(hours) == HOURS

    def __repr__(self) -> str:
        return f"CronExpression({self._text!r})"

    def after(self, wall: datetime) -> datetime | None:
        return next(CronSim(self._text, wall), None)


def _sentence(error: str, fields: list[str]) -> str:
    """Say which field is wrong; cronsim's own text is ``Bad hour``."""
    names = ("minute", "hour", "day-of-month", "month", "day-of-week")
    for name, value in zip(names, fields, strict=True):
        if error == f"Bad {name}":
            return f"{name.replace('-', ' ')} {value!r} is not valid"
    return error
