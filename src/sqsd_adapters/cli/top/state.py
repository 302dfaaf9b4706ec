"""What the screen shows and where its cursor is; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from sqsd_adapters.cli.status.view import CauseRow, Key, QueueRow, Row, TaskRow, View, cause_rows, queue_rows, task_rows
from sqsd_adapters.cli.why.asking import Answers
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.history import Query
from sqsd_core.policy.life import Life

ORDERS = ("age", "queue", "receive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a pause is about."""

    #: empty: all queues
    queue: str = ""
    addresses: Sequence[str]

    @property
    def name(self) -> str:
        return self.queue or "all queues"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The messages that a query finds, or the life of the one that was opened."""

    query: Query
    title: str
    #: None until the daemons have answered
    lives: Sequence[Life] | None = None
    #: why some daemons did not answer
    silent: Sequence[str] = ()
    cursor: int = 0
    #: the life of the message is shown
    life: bool = False
    #: the page before
    back: "Opened | None" = None
    #: lines of the life that are above the screen
    scrolled: int = 0

    @property
    def chosen(self) -> Life | None:
        return self.lives[min(self.cursor, len(self.lives) - 1)] if self.lives else None

    def answered(self, answers: Answers) -> Self:
        """With what the daemons know; a life that was shown stays where they have forgotten it."""
        shown = self.lives if self.life else None
        return replace(self, lives=answers.lives or shown or (), silent=tuple(answers.silent.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything that decides what is drawn."""

    views: Sequence[View]
    selected: Key = ()
    #: only rows that contain this are shown
    wanted: str = ""
    #: the filter is being typed
    typing: bool = False
    order: str = ORDERS[0]
    helping: bool = False
    #: the pause that has to be confirmed
    asking: Target | None = None
    opened: Opened | None = None
    #: what the latest action led to
    notice: str = field(default="")

    @property
    def queues(self) -> Sequence[QueueRow]:
        return queue_rows(self.views, self.wanted)

    @property
    def causes(self) -> Sequence[CauseRow]:
        return cause_rows(self.views, self.wanted)

    @property
    def tasks(self) -> Sequence[TaskRow]:
        return task_rows(self.views, self.wanted, self.order)

    @property
    def rows(self) -> Sequence[Row]:
        """What the cursor moves over."""
        return [*self.queues, *self.causes, *self.tasks]

    @property
    def row(self) -> Row | None:
        """The row that the cursor is on; the first one where its own is gone."""
        rows = self.rows
        return next((row for row in rows if row.key == self.selected), rows[0] if rows else None)

    def told(self, view: View) -> Self:
        """With news of one daemon; one that is silent keeps its last status."""
        views = [_newer(old, view) if old.address == view.address else old for old in self.views]
        return replace(self, views=views)

    def paused(self, target: Target) -> bool:
        """Whether a pause of the target holds."""
        return any(
            reason.reason == Reason.PAUSED.value and (not target.queue or reason.where in {"", target.queue})
            for view in self.views
            if view.status is not None and view.address in target.addresses
            for reason in view.status.reasons
        )


def of(addresses: Sequence[str]) -> State:
    """The state before any daemon has answered."""
    several = len(addresses) > 1
    return State(views=[View(address=each, mark=str(n) if several else "") for n, each in enumerate(addresses, 1)])


def _newer(old: View, new: View) -> View:
    return replace(new, mark=old.mark, status=new.status or old.status)
