"""The pages behind the overview: messages, the life of one, and the help; pure."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sqsd_adapters.cli.status.figures import brief
from sqsd_adapters.cli.status.tables import SELECTED
from sqsd_adapters.cli.top.feed import POLL
from sqsd_adapters.cli.top.state import Opened
from sqsd_adapters.cli.why.rows import NAME
from sqsd_adapters.cli.why.shown import life_lines
from sqsd_adapters.printable import printable
from sqsd_core.policy.life import Life, Standing

_STYLES = {Standing.DEAD: "red", Standing.RETRYING: "yellow", Standing.DELETED: "green"}

_HELP = (
    ("↑ ↓  k j", "move the cursor; page up, page down, home and end as well"),
    ("⏎", "open: a queue or a cause leads to its messages, a message to its life"),
    ("esc", "back; on the overview: clear the filter"),
    ("/", "filter queues, causes and tasks by a part of their text"),
    ("s", "sort the tasks by age, queue or receive count"),
    ("p", "pause the queue at the cursor, or resume it"),
    ("P", "pause all queues of all daemons, or resume them"),
    ("r", "ask again for messages"),
    ("q", "quit; the daemons are left as they are"),
)
_MARKS = (
    ("●", "green", "fine"),
    ("▲", "yellow", "works, but needs attention"),
    ("✖", "red", "stops the work"),
)


def help_page() -> RenderableType:
    """What keys and marks mean."""
    grid = Table.grid(padding=(0, 3, 0, 1))
    grid.add_column(no_wrap=True, style="bold")
    grid.add_column()
    for key, what in _HELP:
        grid.add_row(key, what)
    grid.add_row("", "")
    for mark, style, what in _MARKS:
        grid.add_row(Text(mark, style=style), what)
    notes = Text("Rates are those of the last minute, failures and percentiles those of the last five.", style="dim")
    asked = Text(f"▲ every {POLL:g} s: the daemon serves no more live screens, so this screen asks it.", style="dim")
    return Group(Text("sqsd top", style="bold"), "", grid, "", notes, asked)


def messages_page(opened: Opened, *, now: float, height: int) -> RenderableType:
    """The messages that were found, or the life of the one at the cursor."""
    if opened.lives is None:
        return Group(_title(opened), "", Text("asking the daemons …", style="dim"))
    silent = [Text(f"▲ {printable(reason)}", style="yellow") for reason in opened.silent]
    if opened.life and opened.chosen is not None:
        lines = list(life_lines(opened.chosen, now=now))
        return Group(*silent, *lines[opened.scrolled :])
    if not opened.lives:
        return Group(
            _title(opened),
            *silent,
            "",
            Text("No daemon remembers such a message. A daemon remembers the last HISTORY_SIZE messages."),
        )
    return Group(_title(opened), *silent, "", _table(opened, now=now, rows=height - len(silent) - 4))


def _title(opened: Opened) -> Text:
    return Text(printable(opened.title), style="bold", no_wrap=True, overflow="ellipsis")


def _table(opened: Opened, *, now: float, rows: int) -> Table:
    """The cause of each message is left out where it is the title."""
    several = not opened.query.cause
    grid = Table(box=None, expand=True, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    grid.add_column("message", width=36, no_wrap=True, overflow="ellipsis")
    grid.add_column("received", width=10, justify="right", no_wrap=True)
    grid.add_column("now", ratio=1, no_wrap=True, overflow="ellipsis")
    if several:
        grid.add_column("last failure", ratio=1, no_wrap=True, overflow="ellipsis")
    lives, size = opened.lives or (), max(1, rows)
    start = max(0, min(opened.cursor - size // 2, len(lives) - size))
    for index, life in enumerate(lives[start : start + size], start):
        cells = _cells(life, now)
        if index == opened.cursor:
            cells[0].stylize(SELECTED)
        grid.add_row(*(cells if several else cells[:-1]))
    return grid


def _cells(life: Life, now: float) -> tuple[Text, ...]:
    standing = life.standing
    return (
        Text(printable(life.message_id, NAME)),
        Text(f"{brief(max(0.0, now - life.at))} ago"),
        Text(standing.value, style=_STYLES.get(standing, "")),
        Text(printable(life.cause)),
    )
