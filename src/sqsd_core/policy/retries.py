"""When FIFO messages that were put off come back, so that they are received alone.

A receive brings a group's first message together with those behind it. When the first fails again, they are released,
and each has spent a receive without being run: behind a message that never succeeds they would become dead letters
with it. So from a group's first failure until its success, a receive that may bring that message asks for one.

=========  ==============  =============  ==========  =======================
a group    put off         came           released    over
=========  ==============  =============  ==========  =======================
unknown    → due           nothing        nothing     nothing
due        → due (later)   → here         nothing     → unknown
here       → due           nothing        → due now   → unknown
=========  ==============  =============  ==========  =======================

What is due and does not come for ``OVERDUE`` seconds is another daemon's by now, or a dead letter: → unknown.
"""

OVERDUE = 60.0  # seconds
SLACK = 1.0  # seconds that a receive may last longer than it waits at the queue


class Retries:
    """The table; a group of None is no group and never in it. Instants are monotonic seconds."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._here: set[str] = set()

    def __repr__(self) -> str:
        return f"<Retries: {len(self._due)} due, {len(self._here)} here>"

    def put_off(self, group: str | None, *, until: float) -> None:
        """The group's first message is hidden and visible again at ``until``."""
        if group is not None:
            self._here.discard(group)
            self._due[group] = until

    def came(self, group: str | None) -> None:
        """A message of the group was received; it is the first."""
        if group is not None and self._due.pop(group, None) is not None:
            self._here.add(group)

    def released(self, group: str | None, *, now: float) -> None:
        """The message was given back without being run."""
        if group in self._here:
            self.put_off(group, until=now)

    def over(self, group: str | None) -> None:
        """The message has succeeded, or was a duplicate of one that had."""
        if group is not None:
            self._here.discard(group)
            self._due.pop(group, None)

    def near(self, *, now: float, within: float) -> bool:
        """Whether a receive that waits up to ``within`` seconds may bring a message that was put off.

        One that runs here may fail while the receive waits, and come back to it.
        """
        if self._here:
            return True
        if not self._due:
            return False
        self._due = {group: due for group, due in self._due.items() if due + OVERDUE >= now}
        return any(due <= now + within + SLACK for due in self._due.values())
