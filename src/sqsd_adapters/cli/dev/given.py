"""What the command line says, and the configuration that follows: that of production, with local parts."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from sqsd_adapters.cli.assembly.periodic import cron_tasks
from sqsd_adapters.cli.configuration.config_file import read_config_file
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.settings.settings import Environment, Settings
from sqsd_adapters.cli.values.urls import MEMORY_SCHEME, QUEUE_NAME
from sqsd_adapters.errors import ConfigurationError

QUEUE = "jobs"
NO_WORKER = "http://127.0.0.1/"  # stands for the worker that is not named; nothing is sent there


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The options of ``sqsd dev``."""

    invoker_url: str | None = None
    invoker: str | None = None
    queue: str | None = None
    hello: bool = False
    #: the kind of task and its name
    trigger: tuple[str, str] | None = None
    port: int = 0
    page_port: int = 0
    file: Path | None = None
    config: Path | None = None

    @property
    def task(self) -> str | None:
        """The name of the periodic task to run; raises ConfigurationError for anything but a task of cron."""
        if self.trigger is None:
            return None
        kind, name = self.trigger
        if kind != "cron":
            raise ConfigurationError(f"--trigger {kind}: expected cron and the name of a task")
        return name

    @property
    def has_worker(self) -> bool:
        """Whether something runs the messages; else there is no daemon."""
        options = (self.invoker_url, self.invoker, self.config)
        return any(option is not None for option in options) or any(map(os.environ.get, ("INVOKER_URL", "INVOKER")))


def configuration_of(given: Given, *, signing_secret: str) -> Configuration:
    """The configuration of the daemon, with the queues' names, and nothing that leaves this machine.

    Raises:
        ConfigurationError: names every problem.
    """
    if given.config is not None:
        configuration = read_config_file(given.config)
    else:
        configuration = Configuration.of_one(_settings(given))
    local = {"MONITORING_PORT": -1} if _monitor_would_collide(configuration.settings) else {}
    secret = SecretStr(signing_secret)
    return replace(
        configuration,
        settings=_localized(configuration.settings, secret, local),
        workers={
            name: replace(table, settings=_localized(table.settings, secret, local))
            for name, table in configuration.workers.items()
        },
        queues={
            name: replace(table, settings=_localized(table.settings, secret, local))
            for name, table in configuration.queues.items()
        },
    )


def check_without_worker(given: Given) -> None:
    """Find what is wrong with variables that no daemon reads; with a worker, the same would end the start.

    Raises:
        ConfigurationError: names every problem.
    """
    settings = _settings(replace(given, invoker_url=NO_WORKER))
    if settings.CRON_FILE is not None:
        cron_tasks(settings.CRON_FILE)


def queue_name(given: Given) -> str:
    """The queue where no file names several.

    Raises:
        ConfigurationError: the name is none that SQS allows.
    """
    name = given.queue or name_in(os.environ.get("QUEUE_URL") or QUEUE)
    if not QUEUE_NAME.fullmatch(name):
        raise ConfigurationError(f"--queue {name!r} is not a queue name: up to 80 letters, digits, - and _")
    return name


def name_in(url: str) -> str:
    """The queue's name, the last part of its URL."""
    return url.rpartition("/")[2]


def expanded(url: str) -> str:
    """``:8080`` and ``8080`` as a URL; anything else stays."""
    port = url.removeprefix(":")
    return f"http://127.0.0.1:{port}/" if port.isdecimal() else url


def _settings(given: Given) -> Settings:
    options: dict[str, Any] = {"QUEUE_URL": f"{MEMORY_SCHEME}://{queue_name(given)}"}
    if given.invoker_url is not None:
        options |= {"INVOKER_URL": expanded(given.invoker_url), "INVOKER": given.invoker}
    elif given.invoker is not None:
        options |= {"INVOKER": given.invoker, "INVOKER_URL": None}
    return Environment(**options)


def _localized(settings: Settings, secret: SecretStr, local: Mapping[str, object]) -> Settings:
    """Without AWS and without shared locks; the page shows the requests of this HTTP client."""
    return settings.model_copy(
        update={
            "QUEUE_URL": f"{MEMORY_SCHEME}://{name_in(settings.QUEUE_URL)}",
            "INVOKER_SIGNING_SECRET": settings.INVOKER_SIGNING_SECRET or secret,
            "INVOKER_CLIENT": "http11",
            "LOCKER": "memory",
            "LOCKER_REQUIRED": False,
            "QUEUE_ENSURE": "off",
            **local,
        }
    )


def _monitor_would_collide(settings: Settings) -> bool:
    """Whether another daemon has the default port of the monitor; a port that was chosen must be free."""
    if "MONITORING_PORT" in settings.model_fields_set:
        return False
    with suppress(OSError), socket.create_server((settings.MONITORING_HOST, settings.MONITORING_PORT)):
        return False
    return True
