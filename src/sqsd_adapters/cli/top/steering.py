"""What keys do: the next state, and what to do beyond the screen; pure."""

from dataclasses import dataclass, replace
from typing import TypeAlias

from sqsd_adapters.cli.status.view import CauseRow, QueueRow, Row, TaskRow
from sqsd_adapters.cli.top import keys
from sqsd_adapters.cli.top.state import ORDERS, Opened, State, Target
from sqsd_adapters.cli.why.shown import life_lines
from sqsd_core.policy.history import Query
from sqsd_core.policy.life import Life

PAGE = 10  # rows
LONGEST_FILTER = 60  # characters
SHORT_PAUSE = 600.0  # seconds
STEPS = {"up": -1, "k": -1, "down": 1, "j": 1, "page up": -PAGE, "page down": PAGE, "home": -(10**6), "end": 10**6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quit:
    """End the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Stop receiving; None: until resumed."""

    target: Target
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Receive again."""

    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """Ask the histories for messages."""

    query: Query


Effect: TypeAlias = Quit | Pause | Resume | Find | None


def pressed(state: State, key: str) -> tuple[State, Effect]:
    """The state after a key, and what is to be done."""
    state = replace(state, notice="")
    if state.asking is not None:
        return _asked(state, state.asking, key)
    if state.typing:
        return _typed(state, key), None
    if state.helping:
        return replace(state, helping=False), Quit() if key == "q" else None
    if key == "q":
        return state, Quit()
    if key == "?":
        return replace(state, helping=True), None
    return _on_messages(state, state.opened, key) if state.opened else _on_overview(state, key)


def _on_overview(state: State, key: str) -> tuple[State, Effect]:
    match key:
        case keys.ENTER:
            return _opened(state, state.row)
        case "p" if state.row is not None:
            return _toggled(state, _target(state.row))
        case "P" if state.views:
            return _toggled(state, Target(addresses=[view.address for view in state.views]))
        case _:
            return _arranged(state, key), None


def _arranged(state: State, key: str) -> State:
    match key:
        case "/":
            return replace(state, typing=True)
        case keys.ESCAPE:
            return replace(state, wanted="")
        case "s":
            return replace(state, order=ORDERS[(ORDERS.index(state.order) + 1) % len(ORDERS)])
        case _:
            return _moved(state, STEPS.get(key, 0))


def _moved(state: State, step: int) -> State:
    rows = state.rows
    if not rows or not step:
        return state
    places = [row.key for row in rows]
    index = places.index(state.selected) if state.selected in places else 0
    return replace(state, selected=places[min(max(0, index + step), len(places) - 1)])


def _target(row: Row) -> Target:
    queue = row.task.queue if isinstance(row, TaskRow) else row.queue.name
    return Target(queue=queue, addresses=[row.view.address])


def _toggled(state: State, target: Target) -> tuple[State, Effect]:
    """Receiving goes on at once; a pause is asked about first."""
    if state.paused(target):
        return state, Resume(target=target)
    return replace(state, asking=target), None


def _asked(state: State, target: Target, key: str) -> tuple[State, Effect]:
    state = replace(state, asking=None)
    match key:
        case "y":
            return state, Pause(target=target)
        case "t":
            return state, Pause(target=target, seconds=SHORT_PAUSE)
        case _:
            return state, None


def _typed(state: State, key: str) -> State:
    match key:
        case keys.ENTER:
            return replace(state, typing=False)
        case keys.ESCAPE:
            return replace(state, typing=False, wanted="")
        case keys.BACKSPACE:
            return replace(state, wanted=state.wanted[:-1])
        case _ if len(key) == 1 and len(state.wanted) < LONGEST_FILTER:
            return replace(state, wanted=state.wanted + key)
        case _:
            return state


def _opened(state: State, row: Row | None) -> tuple[State, Effect]:
    match row:
        case QueueRow():
            query, title = Query(failed=True, queue=row.queue.sqs_name), f"Failures of {row.queue.name}"
        case CauseRow():
            query, title = Query(cause=row.cause.reason, queue=row.queue.sqs_name), row.cause.reason
        case TaskRow():
            query, title = Query(message_id=row.task.id), row.task.id
        case _:
            return state, None
    return replace(state, opened=Opened(query=query, title=title, life=isinstance(row, TaskRow))), Find(query=query)


def _on_messages(state: State, opened: Opened, key: str) -> tuple[State, Effect]:
    match key:
        case "r":
            return state, Find(query=opened.query)
        case keys.ESCAPE | keys.BACKSPACE:
            return replace(state, opened=opened.back), None
        case keys.ENTER if opened.chosen is not None and not opened.life:
            return _lived(state, opened, opened.chosen)
        case _:
            return replace(state, opened=_scrolled(opened, STEPS.get(key, 0))), None


def _lived(state: State, opened: Opened, life: Life) -> tuple[State, Effect]:
    """The life that is known; asked for alone, it comes with the workers' answers."""
    query = Query(message_id=life.message_id)
    page = Opened(query=query, title=life.message_id, lives=[life], life=True, back=opened)
    return replace(state, opened=page), Find(query=query)


def _scrolled(opened: Opened, step: int) -> Opened:
    if opened.life:
        last = sum(1 for _ in life_lines(opened.chosen, now=0.0)) - 1 if opened.chosen else 0
        return replace(opened, scrolled=min(max(0, opened.scrolled + step), last))
    return replace(opened, cursor=min(max(0, opened.cursor + step), max(0, len(opened.lives or ()) - 1)))
