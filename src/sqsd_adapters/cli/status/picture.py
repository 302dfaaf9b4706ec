"""The still picture of daemons: is it well, why not, what now; pure."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sqsd_adapters.cli.status.figures import age
from sqsd_adapters.cli.status.reasons import Level, sentences, standing
from sqsd_adapters.cli.status.sections import cause_table, process_table, queue_table, task_table, worker_table
from sqsd_adapters.cli.status.tables import Look
from sqsd_adapters.cli.status.view import View, cause_rows, queue_rows, running, task_rows
from sqsd_adapters.monitor.plain import seconds
from sqsd_adapters.printable import printable

NAME = 128  # characters
FEW = 5  # causes and tasks that a still picture shows


def picture(views: Sequence[View], *, width: int, rows: int = FEW) -> RenderableType:
    """Everything that ``sqsd status`` shows, with so many causes and tasks."""
    look = Look(width=width, several=len(views) > 1)
    causes, tasks = cause_rows(views), task_rows(views)
    parts: list[RenderableType] = [*heads(views)]
    if queues := queue_rows(views):
        parts += ["", worker_table(views, look), "", queue_table(queues, look)]
    if any(view.status and view.status.processes for view in views):
        parts += ["", process_table(views, look)]
    if causes:
        parts += ["", cause_table(causes[:rows], look), Text("→ sqsd why --failed", style="dim")]
    if tasks:
        parts += ["", task_table(tasks[:rows], look, running=running(views))]
        if running(views) > rows:
            parts.append(Text("→ sqsd tasks", style="dim"))
    return Group(*parts)


def heads(views: Sequence[View]) -> Iterator[RenderableType]:
    """A line per daemon, with every reason why it receives nothing."""
    for view in views:
        yield _head(view)
        for level, text in _reasons(view):
            yield _indented(level, text, several=len(views) > 1)


def _head(view: View) -> RenderableType:
    line = Table.grid(expand=True, padding=(0, 1, 0, 0), pad_edge=False)
    line.add_column(ratio=1)
    line.add_column(justify="right", no_wrap=True, style="dim")
    line.add_row(_title(view), printable(view.address))
    return line


def _title(view: View) -> Text:
    text = Text(f"{view.mark} " if view.mark else "", style="", no_wrap=True, overflow="ellipsis")
    if view.silent or view.status is None:
        level, said = (Level.STOPS, "no answer") if view.silent else (Level.WARNS, "connecting")
        return text.append(f"{level.mark} {said}", style=f"bold {level.style}")
    level, said = standing(view.status)
    text.append(f"{level.mark} {said}", style=f"bold {level.style}")
    up = age(view.now - seconds(view.status.started_at))
    text.append(f"  ·  sqsd {printable(view.status.version, NAME)}  ·  up {up}")
    return text.append(f"  ·  {printable(view.status.instance, NAME)}", style="dim")


def _reasons(view: View) -> Sequence[tuple[Level, str]]:
    if view.silent:
        held = f" for {age(view.silent_for)}" if view.silent_for else ""
        return [(Level.STOPS, f"no answer{held}: {printable(view.silent)}")]
    return sentences(view.status) if view.status else ()


def _indented(level: Level, text: str, *, several: bool) -> RenderableType:
    line = Table.grid(padding=(0, 1, 0, 0))
    line.add_column(width=3 if several else 1, justify="right")
    line.add_column(overflow="fold")
    line.add_row(Text(level.mark, style=level.style), Text(text))
    return line
