"""Tables of a screen: a heading, steady columns, and more of them where there is room; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.table import Table
from rich.text import Text

from sqsd_adapters.cli.status.view import Key

NARROW = 80  # columns that are enough
WIDE = 136  # columns from which there is room for more
SELECTED = "bold reverse"  # seen without colours, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a screen is drawn."""

    width: int
    #: the row that the cursor is on
    selected: Key = ()
    #: several daemons are shown, each with a number
    several: bool = False

    @property
    def wide(self) -> bool:
        return self.width >= WIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column."""

    heading: str
    width: int
    #: its width where there is more room; None: the same
    wider: int | None = None
    #: takes what a terminal has beyond that
    grows: bool = False
    right: bool = True
    #: only where there is more room
    wide: bool = False

    def width_in(self, look: Look) -> int:
        width, room = (self.wider or self.width, WIDE) if look.wide else (self.width, NARROW)
        return width + (max(0, look.width - room) if self.grows else 0)


def fitting(column: Column, texts: Sequence[str]) -> Column:
    """The column as wide as its longest text, where that is wider."""
    return replace(column, width=max([column.width, *map(len, texts)]))


def table(title: str, columns: Sequence[Column], look: Look) -> Table:
    """An empty table whose first heading is the title."""
    grid = Table(box=None, expand=True, pad_edge=False, padding=(0, 2, 0, 0), collapse_padding=True)
    if look.several:
        grid.add_column("", width=2, no_wrap=True)
    grid.add_column(Text(title, style="bold"), ratio=1, min_width=8, no_wrap=True, overflow="ellipsis")
    for column in shown(columns, look):
        grid.add_column(
            Text(column.heading, style="dim"),
            justify="right" if column.right else "left",
            width=column.width_in(look),
            no_wrap=True,
            overflow="ellipsis",
        )
    return grid


def shown(columns: Sequence[Column], look: Look) -> Sequence[Column]:
    return [column for column in columns if look.wide or not column.wide]


def add(
    grid: Table,
    columns: Sequence[Column],
    look: Look,
    *,
    mark: str,
    key: Key,
    name: Text,
    cells: Sequence[str | Text],
    stale: bool = False,
) -> None:
    """Add a row: the name, and a cell for each column, of which some are not shown."""
    pairs = zip(columns, cells, strict=True)
    kept = [_text(cell) for column, cell in pairs if look.wide or not column.wide]
    if key and key == look.selected:
        name.stylize(SELECTED)
    marks = [Text(mark, style="dim")] if look.several else []
    grid.add_row(*marks, name, *kept, style="dim" if stale else "")


def _text(cell: str | Text) -> Text:
    return Text(cell) if isinstance(cell, str) else cell
