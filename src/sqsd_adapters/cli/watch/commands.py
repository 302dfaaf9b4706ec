"""The options of the commands that show and steer running daemons; what they do is imported when they are called."""

from typing import Annotated

import typer

from sqsd_adapters.cli.lazily import call
from sqsd_adapters.cli.monitors.options import OneQueue, asks_monitors
from sqsd_adapters.cli.queues.options import Json


@asks_monitors
def status(monitors: object, as_json: Json = False) -> None:  # noqa: FBT002
    """Print whether running daemons receive, and if not, why not; also their workers, queues and failures."""
    call("status.status:print_status", monitors=monitors, json_wanted=as_json)


@asks_monitors
def top(
    monitors: object,
    once: Annotated[bool, typer.Option("--once", help="Print the status once and exit.")] = False,  # noqa: FBT002
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one line per status.")] = False,  # noqa: FBT002
) -> None:
    """Watch running daemons live: slots, queues, failures and tasks. `?` shows the keys."""
    call("top.top:show", monitors=monitors, once=once, json_wanted=as_json)


@asks_monitors
def tasks(monitors: object, as_json: Json = False) -> None:  # noqa: FBT002
    """Print the tasks that running daemons have in flight, the longest running first."""
    call("watch.tasks:print_tasks", monitors=monitors, json_wanted=as_json)


@asks_monitors
def pause(
    monitors: object,
    queue: OneQueue = None,
    lasts: Annotated[
        str | None, typer.Option("--for", metavar="DURATION", help="The pause ends by itself after this time.")
    ] = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Stop receiving now. Running jobs go on. The pause lasts until `sqsd resume`, or until the daemon ends."""
    call("watch.steering:pause", monitors=monitors, queue=queue, lasts=lasts, json_wanted=as_json)


@asks_monitors
def resume(monitors: object, queue: OneQueue = None, as_json: Json = False) -> None:  # noqa: FBT002
    """Receive again after `sqsd pause`."""
    call("watch.steering:resume", monitors=monitors, queue=queue, json_wanted=as_json)
