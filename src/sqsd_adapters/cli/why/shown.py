"""How lives and causes are shown in a terminal; pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo

from rich.table import Table
from rich.text import Text

from sqsd_adapters.cli.why.rows import NAME, rows
from sqsd_adapters.cli.words import clock, day, span, zone_name
from sqsd_adapters.printable import printable
from sqsd_core.policy.history import Cause, Found
from sqsd_core.policy.life import Life, Standing

GAP = "   "
SAMPLE = 8  # characters of an id, which are enough to ask for it
_STYLES = {"deleted": "green", "last try": "red", "given back": "yellow", "deletion given up": "yellow"}


def life_lines(life: Life, *, now: float, zone: tzinfo | None = None) -> Iterator[Text]:
    """The life of one message: the head, a line per event, and how it stands."""
    yield Text(_head(life, zone), style="bold")
    if life.forgotten:
        yield Text(f" {life.forgotten} earlier events are forgotten")
    shown = ""
    for row in rows(life, now=now):
        if (today := day(row.at, zone)) != shown:
            shown = today
            yield Text(f" {today}, times in {zone_name(row.at, zone)}", style="dim")
        line = Text(f" {clock(row.at, zone)}{GAP}")
        line.append(f"{row.what:<16}", style=_STYLES.get(row.what, ""))
        yield line.append(f"{GAP}{row.details}" if row.details else "")
    yield Text(f" now: {_now(life, now)}", style="bold")


def _head(life: Life, zone: tzinfo | None) -> str:
    facts = [f"message {printable(life.message_id, NAME)}", f"queue {printable(life.queue, NAME)}"]
    if life.sent_at is not None:
        facts.append(f"sent {day(life.sent_at, zone)} {clock(life.sent_at, zone)}")
    facts.append(f"body {life.size:,} characters")
    if life.group_id:
        facts.append(f"group {printable(life.group_id, NAME)}")
    return GAP.join(facts)


def _now(life: Life, now: float) -> str:
    last = life.events[-1] if life.events else None
    if life.standing is Standing.RETRYING and last is not None and last.again is not None:
        left = last.at + last.duration + last.again - now
        return f"{life.standing.value}, in {span(left)}" if left > 0 else f"{life.standing.value}, which is due"
    return life.standing.value


def cause_table(causes: Sequence[Cause], *, zone: tzinfo | None = None) -> Table:
    """One line per cause."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("MESSAGES", justify="right")
    table.add_column("CAUSE", overflow="fold")
    table.add_column("NOW", overflow="fold")
    for heading in ("NEWEST", "FOR EXAMPLE"):
        table.add_column(heading, no_wrap=True)
    for cause in causes:
        newest = f"{day(cause.latest, zone)} {clock(cause.latest, zone)[:8]}"
        sample = printable(cause.samples[0][:SAMPLE], NAME) if cause.samples else ""
        cells = (f"{cause.messages:,}", printable(cause.reason), _standings(cause), newest, sample)
        table.add_row(*map(Text, cells))
    return table


def _standings(cause: Cause) -> str:
    back = cause.messages - cause.dead - cause.recovered
    counts = ((cause.dead, "dead"), (back, "come back"), (cause.recovered, "done"))
    return ", ".join(f"{count:,} {word}" for count, word in counts if count)


def message_table(lives: Sequence[Life], *, causes: bool = True, zone: tzinfo | None = None) -> Table:
    """One row per message; ids and times are never folded."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("MESSAGE", "QUEUE", "RECEIVED", "NOW", *(["CAUSE"] if causes else [])):
        table.add_column(heading, no_wrap=heading in {"MESSAGE", "RECEIVED"}, overflow="fold")
    for life in lives:
        at = f"{day(life.at, zone)} {clock(life.at, zone)[:8]}"
        cells = [printable(life.message_id, NAME), printable(life.queue, NAME), at, life.standing.value]
        table.add_row(*map(Text, [*cells, *([printable(life.cause)] if causes else [])]))
    return table


def memory_lines(found: Mapping[str, Found], *, zone: tzinfo | None = None) -> Iterator[str]:
    """Which daemons were asked, and since when they remember."""
    for address, each in found.items():
        who = f"{printable(address)} ({printable(each.instance, NAME)})" if each.instance else printable(address)
        if not each.size:
            yield f"{who} keeps no history (HISTORY_SIZE=0)"
        else:
            when = f"{day(each.since, zone)} {clock(each.since, zone)[:8]} {zone_name(each.since, zone)}"
            yield f"{who} remembers {each.remembered:,} messages, all since {when}"
