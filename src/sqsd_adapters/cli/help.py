"""How ``sqsd`` shows its help: commands in groups, flags without a type, and ``sqsd help COMMAND``."""

from collections.abc import Iterable, Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from sqsd_adapters.cli.misuse import no_such_command, refuse_empty

#: the groups of ``sqsd --help``
RUN = "Run"
PREPARE = "Before you start"
WATCH = "A running daemon"
MESSAGES = "Messages and dead letters"


class Commands(TyperGroup):
    """Commands whose flags are shown without ``<bool>``, since a flag takes no value; and no option may be empty."""

    def get_params(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own copy of click has no public types
        return _adapted(super().get_params(ctx))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - as above
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            _adapted(command.get_params(ctx))
        return command


def _adapted(params: Iterable[Any]) -> list[Any]:
    params = list(params)
    for param in params:
        if param.param_type_name == "option" and param.callback is None:
            param.callback = refuse_empty
        if getattr(param, "is_flag", False) and param.metavar is None:
            param.metavar = ""
    return params


def print_help(context: typer.Context, names: Sequence[str]) -> None:
    """Print the help of ``sqsd``, or of the command of these names."""
    shown: Any = context.parent or context
    for name in names:
        command = shown.command.get_command(shown, name) if isinstance(shown.command, TyperGroup) else None
        if command is None:
            known = shown.command.list_commands(shown) if isinstance(shown.command, TyperGroup) else []
            raise no_such_command(name, of=shown, known=known)
        shown = typer.Context(command, info_name=name, parent=shown)
    typer.echo(shown.get_help())
