"""Which periodic task is due, and which slot was missed; a slot is an instant at which a task is due.

- A slot is due once, at its instant or at the first look after it.
- A slot that is missed by less than the task's ``catch_up`` is due late. Of several, only the latest is.
- A clock that is set back, by up to ``SETBACK``, repeats no slot. Set back further, it counts as corrected: the slots
  of the new time are due.
- A clock that is set forward skips slots; they count as missed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import NamedTuple

from sqsd_core.policy.wall_time import Expression, last_time, latest_time, next_time

CATCH_UP = 300.0  # seconds; EB makes up for as much
GRACE = 10.0  # seconds by which a look may be late without a slot counting as missed
SETBACK = 10_800.0  # seconds; no clock change for daylight saving is longer


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicTask:
    """A task of the schedule."""

    #: unique
    name: str
    #: of the worker, which the task is POSTed to
    path: str
    #: as it was written, for what is shown
    schedule: str
    expression: Expression
    zone: tzinfo
    #: seconds by which a slot may be missed and is still made up for
    catch_up: float = CATCH_UP

    def next_slot(self, after: float) -> float | None:
        """The first slot after this instant; None if there is none."""
        return next_time(self.expression, self.zone, after)

    def last_slot(self, until: float) -> float | None:
        """The last slot up to this instant; None if there is none."""
        return last_time(self.expression, self.zone, until)

    def missed_slot(self, *, since: float, now: float) -> float | None:
        """The last slot after ``since`` that is not too old at ``now``."""
        oldest = now - max(self.catch_up, GRACE)
        return latest_time(self.expression, self.zone, after=max(since, oldest), until=now)


class Due(NamedTuple):
    """A slot of a task."""

    task: PeriodicTask
    #: Unix time
    slot: float


class Timetable:
    """What is due, look by look; ``now`` is Unix time, and may jump."""

    def __init__(self, tasks: Iterable[PeriodicTask], *, now: float, make_up: float) -> None:
        """Begin at ``now``; slots of the ``make_up`` seconds before it count as missed."""
        self._tasks = tuple(tasks)
        self._since = {task.name: now - min(make_up, max(task.catch_up, GRACE)) for task in self._tasks}

    @property
    def tasks(self) -> Sequence[PeriodicTask]:
        return self._tasks

    def replace(self, tasks: Iterable[PeriodicTask], *, now: float) -> None:
        """Go on with other tasks; one that is new or has another schedule is due from ``now`` on."""
        before = {task.name: task for task in self._tasks}
        self._tasks = tuple(tasks)
        self._since = {
            task.name: self._since[task.name] if _keeps_time(task, before.get(task.name)) else now
            for task in self._tasks
        }

    def due(self, now: float) -> Sequence[Due]:
        """The slots that are due; each is returned once."""
        return [Due(task, slot) for task in self._tasks if (slot := self._slot(task, now)) is not None]

    def next_at(self, now: float) -> float | None:
        """When the next slot is due; None if there is none."""
        slots = [task.next_slot(max(now, self._since[task.name])) for task in self._tasks]
        return min((slot for slot in slots if slot is not None), default=None)

    def _slot(self, task: PeriodicTask, now: float) -> float | None:
        since = self._since[task.name]
        if since - SETBACK <= now <= since:
            return None
        if now < since:
            self._since[task.name] = now
            return None
        self._since[task.name] = now
        return task.missed_slot(since=since, now=now)


def _keeps_time(task: PeriodicTask, before: PeriodicTask | None) -> bool:
    return before is not None and (task.schedule, task.zone) == (before.schedule, before.zone)
