"""What the demo prints: headings, what the processes log, and what that proves."""

import textwrap

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

WIDTH = 76


class Screen:
    """Plain lines on a console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._act = 0

    def cast(self, roles: dict[str, str]) -> None:
        """Introduce the processes."""
        self._console.print("[bold]sqsd demo[/]: a queue, a worker and the daemon, each a process on this machine\n")
        for name, description in roles.items():
            self._line(name, description, style="cyan")

    def act(self, title: str, explanation: str) -> None:
        self._act += 1
        self._console.print(f"\n[bold]{self._act}. {title}[/]")
        self._console.print(
            Text(textwrap.fill(explanation, WIDTH, initial_indent="   ", subsequent_indent="   "), "dim")
        )

    def sent(self, message_id: str, body: str) -> None:
        self._line("sender", f"{short(message_id)}  {body}", style="cyan")

    def ran(self, message_id: str, receive_count: int, status: int) -> None:
        style = "green" if status < 300 else "yellow"  # noqa: PLR2004 - HTTP: 2xx is success
        self._line("worker", f"{short(message_id)}  delivery {receive_count} → {status}", style=style)

    def said(self, event: str, *fields: str) -> None:
        self._line("sqsd", "  ".join(field for field in (*fields[:1], event, *fields[1:]) if field), style="blue")

    def did(self, what: str) -> None:
        self._line("demo", what, style="magenta")

    def file(self, command: str, content: str) -> None:
        """Print a command and the file that it reads."""
        self._console.print(Text(f"\n   $ {command}", "bold"))
        self._console.print(Text(textwrap.indent(content.rstrip(), "   | "), "dim"), soft_wrap=True)

    def output(self, command: str, text: str) -> None:
        """Print a command and its output."""
        self._console.print(Text(f"   $ {command}", "bold"))
        self._console.print(Text(textwrap.indent(text.rstrip(), "   ")), soft_wrap=True)

    def proved(self, claim: str) -> None:
        self._console.print(Text(f"   ✓ {claim}", "bold green"), soft_wrap=True)

    def disproved(self, claim: str) -> None:
        self._console.print(Text(f"   ✗ {claim}", "bold red"), soft_wrap=True)

    def ledger(self, rows: list[tuple[str, str, str, str]]) -> None:
        table = Table("message", "kind", "answers", "end", box=None, header_style="bold")
        for row in rows:
            table.add_row(*row)
        self._console.print(Padding(table, (0, 0, 0, 2)))

    def interrupted(self) -> None:
        self._console.print("\ninterrupted; all processes are ended")

    def end(self) -> None:
        self._console.print("\nAll claims hold. Next: README.md, “Run it against SQS”.")

    def _line(self, who: str, what: str, *, style: str) -> None:
        self._console.print(Text.assemble("   ", (f"{who:<8}", style), what), soft_wrap=True)


def short(message_id: str) -> str:
    return message_id[:8]
