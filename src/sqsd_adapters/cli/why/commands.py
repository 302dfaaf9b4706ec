"""The options of ``sqsd why``; what the command does is imported when it is called."""

from typing import Annotated

import typer

from sqsd_adapters.cli.lazily import call
from sqsd_adapters.cli.monitors.options import asks_monitors
from sqsd_adapters.cli.queues.options import Json


@asks_monitors
def why(  # noqa: PLR0917
    monitors: object,
    message_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="The message id, or its beginning.", show_default=False)
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="List why messages failed, with counts.")] = False,  # noqa: FBT002
    cause: Annotated[
        str | None, typer.Option(metavar="TEXT", help="List the messages that failed for this reason.")
    ] = None,
    queue: Annotated[str | None, typer.Option(metavar="NAME", help="Only messages of this queue.")] = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Print what happened to a message, or why messages failed. Asks the history of running daemons.

    A daemon remembers the last HISTORY_SIZE messages. Exits with 1 if no daemon knows the message.
    """
    call(
        "why.why:explain",
        monitors=monitors,
        query=call("why.why:Query", message_id=message_id or "", failed=failed, cause=cause or "", queue=queue or ""),
        json_wanted=as_json,
    )
