"""What ``sqsd`` says of a command line that it does not understand: one line, as of every other mistake."""

from collections.abc import Iterable
from typing import Any

import typer

from sqsd_adapters.cli.spelling import nearest

#: typer's errors; they are those of click, or of its own copy of click, which has no public name for them
UsageError: Any = typer.BadParameter.__mro__[1]
MISUSE: Any = typer.BadParameter.__mro__[2]
NO_ARGUMENTS = "NoArgsIsHelpError"


def is_request_for_help(error: Any) -> bool:  # noqa: ANN401 - of a class without a public name
    """Whether it is no mistake: a group of commands was called without a command, and its help is shown."""
    return type(error).__name__ == NO_ARGUMENTS


def sentence_of(error: Any) -> str:  # noqa: ANN401 - as above
    """What is wrong, the name that was probably meant, and where to read on."""
    near = next(iter(getattr(error, "possibilities", None) or ()), None)
    text = error.format_message() if near is None else f"{error.message}; did you mean {near}?"
    said = text[:1].lower() + text[1:].rstrip(".").replace(". Did you mean", "; did you mean")
    context = getattr(error, "ctx", None)
    where = "sqsd" if context is None else context.command_path
    return f"{said}{'' if said.endswith('?') else '.'} See `{where} --help`"


def no_such_command(name: str, *, of: typer.Context, known: Iterable[str]) -> Any:  # noqa: ANN401 - as above
    """The error for a command that there is not."""
    near = nearest(name.upper(), [each.upper() for each in known])
    return UsageError(f"no such command {name!r}" + (f"; did you mean {near.lower()!r}?" if near else ""), of)
