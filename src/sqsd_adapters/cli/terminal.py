"""What the command says on stderr."""

import typer

from sqsd_adapters.printable import printable

LINE = 2_000  # characters: a sentence that quotes a file's path or a URL


def complain(text: object) -> None:
    """Write to stderr; what a peer or a file put into the text moves no cursor."""
    typer.echo("sqsd: " + "\n".join(printable(line, LINE) for line in str(text).split("\n")), err=True)
