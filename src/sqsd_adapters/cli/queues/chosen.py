"""Which queue a command is about: that of its options and variables, or one of ``sqsd.toml``."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqsd_adapters.cli.configuration.config_file import read_config_file
from sqsd_adapters.cli.configuration.configuration import QueueTable
from sqsd_adapters.cli.queues.on_queues import Where
from sqsd_adapters.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line and the environment say."""

    #: sqsd.toml; None where there is none
    config: Path | None
    #: --queue: the URL or the name of a queue; with a file, the name of a table or a URL
    queue: str | None
    queue_url: str | None
    region: str | None
    endpoint_url: str | None


def chosen(options: Options) -> Where:
    """The queue, and the SQS that has it.

    Raises:
        ConfigurationError: the file is wrong, or has no such queue, or --queue is empty.
    """
    if options.config is None:
        if options.queue == "":
            raise ConfigurationError("--queue: expected the name or the URL of a queue")
        return Where(
            queue_url=options.queue_url,
            queue=options.queue,
            region=options.region,
            endpoint_url=options.endpoint_url,
        )
    return _of_table(options.config, options.queue)


def all_chosen(options: Options) -> Sequence[Where]:
    """The same, but every queue of a file where none is chosen."""
    if options.config is None or options.queue is not None:
        return [chosen(options)]
    return [_where(table) for table in read_config_file(options.config).queues.values()]


def _of_table(config: Path, queue: str | None) -> Where:
    tables = read_config_file(config).queues
    first, names = next(iter(tables.values())), ", ".join(tables)
    if queue is None:
        return _where(first, undecided=names if len(tables) > 1 else "")
    if queue in tables:
        return _where(tables[queue])
    if "://" in queue or queue.startswith("arn:"):
        return _where(first, queue=queue)
    raise ConfigurationError(f"{config} has no table [queue.{queue}]; expected one of {names}, or a URL")


def _where(table: QueueTable, *, queue: str | None = None, undecided: str = "") -> Where:
    settings = table.settings
    return Where(
        queue_url=settings.QUEUE_URL,
        queue=queue,
        region=settings.AWS_REGION,
        endpoint_url=settings.SQS_ENDPOINT_URL,
        undecided=undecided,
    )
