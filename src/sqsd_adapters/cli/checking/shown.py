"""Findings in a terminal: a mark, the name, what was seen; below it the one thing to do. Each table has a heading."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sqsd_adapters.cli.checking.finding import Finding, Mark
from sqsd_adapters.printable import printable

LENGTH = 1_000  # characters of a sentence that quotes a peer
NAME = 18  # columns
INDENT = 6  # columns before what to do
ARROW = "→ "

_STYLES = {Mark.OK: "green", Mark.WARN: "bold yellow", Mark.STOP: "bold red"}


def print_findings(findings: Sequence[Finding], console: Console | None = None) -> None:
    console = console or Console()
    shown: tuple[str, str] | None = None
    for finding in findings:
        if finding.table != shown:
            shown = finding.table
            console.print(Text(" ".join(shown or ["daemon"]), style="bold underline"))
        console.print(_line(finding))
        _print_fix(console, finding.fix)
    console.print(_summary(findings))


def _line(finding: Finding) -> Table:
    line = Table.grid(padding=(0, 1))
    line.add_column(width=2)
    line.add_column(width=NAME)
    line.add_column(overflow="fold")
    mark = Text(f" {finding.mark}", style=_STYLES[finding.mark])
    line.add_row(mark, Text(finding.name, style="bold"), Text(printable(finding.why, LENGTH)))
    return line


def _print_fix(console: Console, fix: str) -> None:
    sentence, _, command = fix.partition("\n")
    if sentence:
        line = Table.grid()
        line.add_column(width=INDENT + len(ARROW))
        line.add_column(overflow="fold")
        line.add_row(" " * INDENT + ARROW, Text(printable(sentence, LENGTH)))
        console.print(line)
    if command:
        # one line however long, so that it can be copied
        console.print(Text(" " * (INDENT + len(ARROW)) + printable(command, LENGTH)), soft_wrap=True)


def _summary(findings: Sequence[Finding]) -> Text:
    bad = [finding for finding in findings if not finding.is_ok]
    stops = sum(finding.mark is Mark.STOP for finding in bad)
    if not bad:
        return Text(" no findings", style="bold")
    text = f" {len(bad)} finding{'s' * (len(bad) != 1)}"
    if stops:
        text += f", {stops} {'stops' if stops == 1 else 'stop'} the work"
    return Text(text, style="bold")
