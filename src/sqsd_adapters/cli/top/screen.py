"""What is drawn: exactly as many lines as the terminal has, the keys in the last one; pure."""

from collections.abc import Sequence
from typing import TypeVar

from rich.console import Console, Group, RenderableType
from rich.segment import Segment
from rich.segment import Segments as Drawn
from rich.text import Text

from sqsd_adapters.cli.status.picture import heads
from sqsd_adapters.cli.status.sections import cause_table, queue_table, task_table, worker_table
from sqsd_adapters.cli.status.tables import Look
from sqsd_adapters.cli.status.view import Row, running
from sqsd_adapters.cli.top.footer import footer
from sqsd_adapters.cli.top.pages import help_page, messages_page
from sqsd_adapters.cli.top.state import State

R = TypeVar("R", bound=Row)
FEWEST = 3  # rows of a list, however small the terminal is


def frame(state: State, console: Console, *, now: float) -> RenderableType:
    """The screen as a whole; ``now`` is Unix time."""
    width, height = console.size
    body = _lines(console, _body(state, console, now))[: height - 1]
    body += [[Segment(" " * width)]] * (height - 1 - len(body))
    last = _lines(console, footer(state, width=width))[0]
    return Drawn([segment for line in body for segment in (*line, Segment.line())] + last)


def _body(state: State, console: Console, now: float) -> RenderableType:
    if state.helping:
        return help_page()
    if state.opened is not None:
        return messages_page(state.opened, now=now, height=console.size.height - 1)
    return _overview(state, console)


def _overview(state: State, console: Console) -> RenderableType:
    width, height = console.size
    row = state.row
    look = Look(width=width, selected=row.key if row else (), several=len(state.views) > 1)
    top: list[RenderableType] = [*heads(state.views), ""]
    if any(view.status for view in state.views):
        top += [worker_table(state.views, look), ""]
    used = sum(len(_lines(console, part)) for part in top)
    queues, causes, tasks = state.queues, state.causes, state.tasks
    left = height - 2 - used  # the keys, and a blank line above them
    of_queues = _share(len(queues), left, 3)
    of_causes = _share(len(causes), left, 4)
    of_tasks = left - sum(rows + 2 for rows in (of_queues, of_causes) if rows) - 1
    parts = top
    if queues:
        parts += [queue_table(_window(queues, look, of_queues), look), ""]
    if causes:
        parts += [cause_table(_window(causes, look, of_causes), look), ""]
    if tasks or not state.wanted:
        parts.append(task_table(_window(tasks, look, of_tasks), look, running=running(state.views)))
    return Group(*parts)


def _share(rows: int, left: int, part: int) -> int:
    """Lines for a list: its part of what is left, and no more than it has."""
    return min(rows, max(FEWEST, left // part))


def _window(rows: Sequence[R], look: Look, size: int) -> Sequence[R]:
    """So many rows, among them the one that the cursor is on."""
    size = max(FEWEST, size)
    index = next((index for index, row in enumerate(rows) if row.key == look.selected), 0)
    start = max(0, min(index - size // 2, len(rows) - size))
    return rows[start : start + size]


def _lines(console: Console, part: RenderableType) -> list[list[Segment]]:
    text = Text(part) if isinstance(part, str) else part
    return console.render_lines(text, console.options.update(height=None), pad=True)
