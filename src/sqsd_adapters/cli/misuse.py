"""What ``sqsd`` says of a command line that it does not understand: one line, as of every other mistake."""

import re
from collections.abc import Iterable
from typing import Any

import typer

from sqsd_adapters.cli.values.spelling import nearest

#: typer's errors; they are those of click, or of its own copy of click, which has no public name for them
UsageError: Any = typer.BadParameter.__mro__[1]
MISUSE: Any = typer.BadParameter.__mro__[2]
NO_ARGUMENTS = "NoArgsIsHelpError"
#: the error of pydantic, by which typer reads numbers
INVALID = "ValidationError"
SURPLUS = re.compile(r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)", re.DOTALL)


def is_request_for_help(error: Any) -> bool:  # noqa: ANN401 - of a class without a public name
    """Whether it is no mistake: a group of commands was called without a command, and its help is shown."""
    return type(error).__name__ == NO_ARGUMENTS


def sentence_of(error: Any) -> str:  # noqa: ANN401 - as above
    """What is wrong, the name that was probably meant, and where to read on."""
    text = _of_name(error) or _of_number(error) or _of_surplus(error.format_message())
    said = text[:1].lower() + text[1:].rstrip(".").replace(". Did you mean", "; did you mean")
    context = getattr(error, "ctx", None)
    where = "sqsd" if context is None else context.command_path
    return f"{said}{'' if said.endswith('?') else '.'} See `{where} --help`"


def refuse_empty(context: typer.Context, param: Any, value: Any) -> Any:  # noqa: ANN401 - as above
    """The callback of options: an empty value is most often a variable of a script that is not set."""
    if value == "" or (isinstance(value, list | tuple) and "" in value):
        raise UsageError(f"{param.opts[0]}: expected a value that is not empty", context)
    return value


def _of_name(error: Any) -> str:  # noqa: ANN401 - as above
    """Of an option that there is not; empty for another error."""
    name = getattr(error, "option_name", None)
    if name is None or not hasattr(error, "possibilities"):
        return ""
    hidden = {each for param in error.ctx.command.get_params(error.ctx) if param.hidden for each in param.opts}
    near = _near(name, [each for each in error.possibilities or () if each not in hidden])
    return f"{error.message}; did you mean {near}?" if near else str(error.message)


def _of_number(error: Any) -> str:  # noqa: ANN401 - as above
    """Of an option that takes an integer; empty for another error."""
    cause, param = error.__cause__, getattr(error, "param", None)
    info = getattr(getattr(param, "type_descriptor", None), "parameter_info", None)
    if param is None or info is None or type(cause).__name__ != INVALID:
        return ""
    least, most = info.min, info.max
    bounds = f"between {least} and {most}" if most is not None else f"of at least {least}"
    return f"{param.opts[0]} {cause.errors()[0]['input']}: expected an integer {bounds}"


def _of_surplus(text: str) -> str:
    surplus = SURPLUS.fullmatch(text)
    return text if surplus is None else f"unexpected argument: {surplus[1]}"


def _near(name: str, known: Iterable[str]) -> str:
    """The name that was probably meant; empty if there is none."""
    return (nearest(name.upper(), [each.upper() for each in known]) or "").lower()


def no_such_command(name: str, *, of: typer.Context, known: Iterable[str]) -> Any:  # noqa: ANN401 - as above
    """The error for a command that there is not."""
    near = _near(name, known)
    return UsageError(f"no such command {name!r}" + (f"; did you mean {near!r}?" if near else ""), of)
