"""How dead letters and ages are shown in a terminal."""

from rich.table import Table
from rich.text import Text

from sqsd_adapters.cli.dlq.letter import DeadLetter
from sqsd_adapters.printable import printable

BODY = 300  # characters of a body
NAME = 128  # characters: the longest message id and group of SQS

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def age(seconds: float) -> str:
    """Write a duration in its largest unit: ``3 h``."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{max(0, seconds):.0f} s"


def count(number: int, thing: str = "message") -> str:
    return f"{number:,} {thing}{'s' * (number != 1)}"


def table(*headings: str) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in headings:
        # the first column names the thing, the others are figures
        shown.add_column(heading, justify="right" if shown.columns else "left", overflow="fold")
    return shown


def letter_lines(letter: DeadLetter, *, now: float) -> list[Text]:
    """The message in a few lines; what the sender wrote moves no cursor."""
    group = f"   group {printable(letter.group, NAME)}" if letter.group else ""
    figures = f"sent {age(now - letter.sent_at)} ago   receives {letter.receives}{group}"
    lines = [Text(f"{printable(letter.message_id, NAME)}   {figures}", style="bold")]
    if letter.original_id != letter.message_id:
        lines.append(Text(f"  first sent as {printable(letter.original_id, NAME)}"))
    lines += [
        Text(f"  {printable(name, NAME)} = {printable(str(attribute.get('StringValue', '(binary)')), BODY)}")
        for name, attribute in letter.message_attributes.items()
    ]
    return [*lines, Text(f"  {printable(letter.body, BODY)}")]
