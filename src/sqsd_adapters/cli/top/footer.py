"""The last line of the screen: the keys, the filter, a question, or what an action led to; pure."""

from rich.text import Text

from sqsd_adapters.cli.top.feed import POLL
from sqsd_adapters.cli.top.state import State
from sqsd_adapters.printable import printable

_OVERVIEW = (
    ("↑↓", "move"),
    ("⏎", "open"),
    ("/", "filter"),
    ("p", "pause"),
    ("s", "sort"),
    ("?", "help"),
    ("q", "quit"),
)
_MESSAGES = (("↑↓", "move"), ("⏎", "open"), ("esc", "back"), ("r", "refresh"), ("?", "help"), ("q", "quit"))
_LIFE = (("↑↓", "scroll"), ("esc", "back"), ("r", "refresh"), ("?", "help"), ("q", "quit"))
_QUESTION = (("y", "until resumed"), ("t", "for 10 minutes"), ("any other key", "no"))


def footer(state: State, *, width: int) -> Text:
    """One line."""
    line = _line(state)
    line.truncate(width, overflow="ellipsis")
    return line


def _line(state: State) -> Text:
    if state.asking is not None:
        return _keys(_QUESTION, Text().append(f"Pause {printable(state.asking.name)}?   ", style="bold yellow"))
    if state.typing:
        return (
            Text()
            .append("/", style="bold")
            .append(state.wanted)
            .append("▏", style="bold")
            .append("   ⏎ done   esc clear", style="dim")
        )
    begin = Text().append(f"{printable(state.notice)}   " if state.notice else "", style="yellow")
    if state.helping:
        return _keys((("any key", "back"),), begin)
    if state.opened is not None:
        return _keys(_LIFE if state.opened.life else _MESSAGES, begin)
    begin.append(f"filter: {state.wanted}   " if state.wanted else "", style="yellow")
    line = _keys(_OVERVIEW, begin)
    if polled := next((view.polled for view in state.views if view.polled), ""):
        return line.append(f"   ▲ every {POLL:g} s: {printable(polled)}", style="yellow")
    return line.append(f"   sorted by {state.order}", style="dim")


def _keys(keys: tuple[tuple[str, str], ...], begin: Text) -> Text:
    for number, (key, what) in enumerate(keys):
        begin.append("   " if number else "").append(key, style="bold").append(f" {what}", style="dim")
    return begin
