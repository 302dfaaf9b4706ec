"""``sqsd cron`` and ``sqsd cron export``: their options."""

from pathlib import Path
from typing import Annotated

import typer

from sqsd_adapters.cli.help import Commands
from sqsd_adapters.cli.lazily import EnvFile, call
from sqsd_adapters.cli.queues.options import Json

app = typer.Typer(cls=Commands, help="Show the periodic tasks of CRON_FILE.", invoke_without_command=True)

CronFile = Annotated[
    Path | None,
    typer.Option(
        "--file", metavar="FILE", envvar="CRON_FILE", show_envvar=False, help="Read FILE instead of CRON_FILE."
    ),
]


@app.callback()
def cron(
    context: typer.Context,
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    file: CronFile = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Print each periodic task with its last and its next run. Does not use the network.

    The last run is the last time at which the task was due. Exits with 2 if the file has a problem.
    """
    if context.invoked_subcommand is None:
        call("cron.cron:print_tasks", path=file, as_json=as_json)


@app.command()
def export(
    role_arn: Annotated[
        str, typer.Option(metavar="ARN", help="The role that EventBridge Scheduler takes on; needs sqs:SendMessage.")
    ],
    env_file: EnvFile = None,  # noqa: ARG001 - its callback reads it
    file: CronFile = None,
    queue_url: Annotated[
        str | None,
        typer.Option(metavar="URL", envvar="QUEUE_URL", show_envvar=False, help="Send to URL instead of QUEUE_URL."),
    ] = None,
) -> None:
    """Print the tasks as a JSON list of inputs for EventBridge Scheduler (CreateSchedule)."""
    call("cron.cron:print_schedules", path=file, queue_url=queue_url, role_arn=role_arn)
