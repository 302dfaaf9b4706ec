"""Every warning about settings that a daemon logs at its start, for the log, ``sqsd config`` and ``sqsd check``."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from shlex import quote
from typing import Any

from sqsd_adapters.cli.assembly.advice import Advice, advice, of_configuration_file
from sqsd_adapters.cli.assembly.arguments import lazy
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.configuration.tables import QUEUE_KEYS, WORKER_KEYS
from sqsd_adapters.cli.settings.selections import queue_kind
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.cli.values.file_mode import is_writable_by_others
from sqsd_adapters.monitor.address import EXPOSED, is_exposed

#: the kind of a table and its name
Place = tuple[str, str]


def start_warnings(
    configuration: Configuration,
    *,
    environ: Mapping[str, str],
    env_files: Iterable[Path] = (),
    config: Path | None = None,
    parts: bool = True,
) -> Iterator[Advice]:
    """Each only once; what holds for some of the tables alone has a warning for each of them.

    Without ``parts``, those are left out that the monitor, the queue and the lock store log themselves.
    """
    found: dict[str, Advice] = {}
    places: dict[str, dict[Place | None, None]] = {}
    for name, table in configuration.queues.items():
        settings = table.settings
        known = advice(settings, environ=environ, env_files=env_files)
        for each in chain(known, _of_parts(settings) if parts else ()):
            found.setdefault(each.sentence, each)
            places.setdefault(each.sentence, {})[_place(each, queue=name, worker=table.worker)] = None
    for sentence, each in found.items():
        yield from _placed(each, list(places[sentence]), configuration)
    if config is not None:
        yield from of_configuration_file(config)


def _of_parts(settings: Settings) -> Iterator[Advice]:
    """What these log when they are opened."""
    yield from _of_monitor(settings)
    yield from _of_region(settings)
    yield from _of_lock_file(settings)


def _of_monitor(settings: Settings) -> Iterator[Advice]:
    tls = settings.MONITORING_TLS_CERT is not None
    authenticated = settings.MONITORING_TOKEN is not None or settings.MONITORING_TLS_CLIENT_CA is not None
    host = settings.MONITORING_HOST
    if settings.MONITORING_PORT < 0 or not is_exposed(host, tls=tls, authenticated=authenticated):
        return
    missing = [] if tls else ["MONITORING_TLS_CERT and MONITORING_TLS_KEY"]
    missing += [] if authenticated else ["MONITORING_TOKEN or MONITORING_TLS_CLIENT_CA"]
    yield Advice(
        event=EXPOSED,
        fields={"variable": "MONITORING_HOST"},
        sentence=f"MONITORING_HOST={host}: the {EXPOSED}",
        fix=f"set {', and '.join(missing)}; or set MONITORING_HOST=127.0.0.1",
    )


def _of_region(settings: Settings) -> Iterator[Advice]:
    if settings.AWS_REGION is None or queue_kind(settings) != "sqs":
        return
    address: Any = lazy("queue.sqs.address:QueueAddress.parse")(url=settings.QUEUE_URL)
    if address.is_elsewhere(settings.AWS_REGION):
        yield Advice(
            event=address.ELSEWHERE,
            fields={"variable": "AWS_REGION"},
            sentence=f"{address.ELSEWHERE}: {settings.AWS_REGION} and {address.region}",
            fix="remove AWS_REGION, or correct QUEUE_URL",
        )


def _of_lock_file(settings: Settings) -> Iterator[Advice]:
    path = settings.SQLITE_LOCKER_PATH
    if path is not None and is_writable_by_others(path):
        yield Advice(
            event="lock file is writable by other users",
            fields={"variable": "SQLITE_LOCKER_PATH"},
            sentence=f"SQLITE_LOCKER_PATH: the lock file is writable by other users: {path}",
            fix=f"chmod go-w {quote(str(path))}",
        )


def _place(each: Advice, *, queue: str, worker: str) -> Place | None:
    """The table that has the variable; None where there is one only, or the daemon has it."""
    variable = each.fields.get("variable")
    if queue and variable in QUEUE_KEYS.values():
        return ("queue", queue)
    return ("worker", worker) if queue and variable in WORKER_KEYS.values() else None


def _placed(each: Advice, places: list[Place | None], configuration: Configuration) -> Iterator[Advice]:
    tables = {"queue": configuration.queues, "worker": configuration.workers}
    concerned = [place for place in places if place is not None]
    if not concerned or len(concerned) == len(tables[concerned[0][0]]):
        yield each
        return
    for place in concerned:
        yield replace(each, fields={**dict([place]), **each.fields}, table=place)
