"""What is allowed in a configuration but probably not intended: a warning at start."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

from sqsd_adapters.cli.settings.choices import SHARED_LOCKERS
from sqsd_adapters.cli.settings.environment import is_service_link
from sqsd_adapters.cli.settings.exposure import exposures
from sqsd_adapters.cli.settings.former_names import meant
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.cli.values.file_mode import is_readable_by_others, is_writable_by_others
from sqsd_adapters.cli.values.urls import MEMORY_SCHEME

#: what concerns an HTTP worker alone, and what a health check needs as well
REQUESTS = ("INVOKER_SUCCESS_STATUSES", "INVOKER_CONTENT_TYPE", "INVOKER_HEADERS", "INVOKER_SIGNING_SECRET")
TLS = ("INVOKER_CA_FILE", "INVOKER_CLIENT_CERT", "INVOKER_CLIENT_KEY")
TRANSPORT = ("INVOKER_CLIENT", "INVOKER_CONNECT_TIMEOUT", *TLS)
#: lock stores that forget everything when the process ends
PASSING_LOCKERS = ("memory", "none")
PRIVATE_KEYS = ("INVOKER_CLIENT_KEY", "MONITORING_TLS_KEY")


#: what to do where the sentence says it already
SEE_CONFIG = "change the variable, or remove it; see sqsd config"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A warning, for the log and for a terminal."""

    #: the log's event
    event: str
    fields: Mapping[str, str] = field(default_factory=dict)
    #: the same for a terminal
    sentence: str
    #: what to do about it
    fix: str = SEE_CONFIG
    #: the table that it is about, such as ("queue", "orders"); None where it is about all
    table: tuple[str, str] | None = None

    @property
    def line(self) -> str:
        """All in one."""
        place = "" if self.table is None else f"[{'.'.join(self.table)}] "
        return place + (self.sentence if self.fix == SEE_CONFIG else f"{self.sentence}; {self.fix}")


def advice(settings: Settings, *, environ: Mapping[str, str], env_files: Iterable[Path] = ()) -> Iterator[Advice]:
    """Warn of misspelt variables, of those without effect, and of what others can read or write."""
    yield from _of_names(settings, environ)
    yield from _of_files(settings, env_files)
    yield from _of_periodic_tasks(settings)
    for exposure in exposures(settings):
        yield Advice(
            event=exposure.event,
            fields={"variable": exposure.variable, "reason": exposure.reason},
            sentence=f"{exposure.variable}: {exposure.event}: {exposure.reason}",
        )


def of_configuration_file(path: Path) -> Iterator[Advice]:
    """Warn likewise of sqsd.toml."""
    if is_readable_by_others(path):
        yield _of_file("configuration file is readable by others", path)
    if is_writable_by_others(path):
        yield _of_file("configuration file is writable by others", path)


def _of_names(settings: Settings, environ: Mapping[str, str]) -> Iterator[Advice]:
    known = settings.variables
    for name, value in environ.items():
        if name in known and is_service_link(name, value):
            yield _service_link(name)
        hint = meant(name, known=known, environ=environ)
        if hint is not None:
            yield Advice(
                event="unknown variable",
                fields={"variable": name, "did_you_mean": hint},
                sentence=f"unknown variable {name}: did you mean {hint}?",
            )
    for name, reason in _without_effect(settings):
        if name in settings.model_fields_set:
            yield Advice(
                event="variable has no effect",
                fields={"variable": name, "reason": reason},
                sentence=f"{name} has no effect: {reason}",
            )


def _service_link(name: str) -> Advice:
    reason = (
        "its value is a Kubernetes service link, set for a Service of that name; "
        "set enableServiceLinks: false in the pod, or rename the Service"
    )
    return Advice(
        event="variable ignored",
        fields={"variable": name, "reason": reason},
        sentence=f"{name} is ignored: {reason}",
    )


def _of_files(settings: Settings, env_files: Iterable[Path]) -> Iterator[Advice]:
    for path in env_files:
        if is_readable_by_others(path):
            yield _of_file("env file is readable by others", path)
        if is_writable_by_others(path):
            yield _of_file("env file is writable by others", path)
    for name in PRIVATE_KEYS:
        path = getattr(settings, name)
        if path is not None and is_readable_by_others(path):
            yield _of_file("private key is readable by others", path)


def _of_file(event: str, path: Path) -> Advice:
    fix = f"chmod go-rw {quote(str(path))}"
    return Advice(event=event, fields={"file": str(path)}, sentence=f"{event}: {path}", fix=fix)


def _of_periodic_tasks(settings: Settings) -> Iterator[Advice]:
    """A FIFO queue drops what several daemons enqueue."""
    if settings.CRON_FILE is None or settings.LOCKER not in PASSING_LOCKERS or settings.QUEUE_URL.endswith(".fifo"):
        return
    reason = (
        f"with LOCKER={settings.LOCKER} each daemon enqueues every task, and a slot missed during a restart is not"
        f" made up for; set LOCKER to {' or '.join(SHARED_LOCKERS)}"
    )
    event = "periodic tasks without a persistent lock store"
    yield Advice(event=event, fields={"variable": "CRON_FILE", "reason": reason}, sentence=f"CRON_FILE: {reason}")


def _without_effect(settings: Settings) -> Iterator[tuple[str, str]]:
    urls = [url for url in (settings.INVOKER_URL, settings.INVOKER_HEALTHCHECK_URL) if url is not None]
    if settings.INVOKER is not None:
        yield from _each(REQUESTS, "the invoker is a Python callable")
        if not urls:
            yield from _each(TRANSPORT, "the invoker is a Python callable")
    if urls and not any(url.startswith("https:") for url in urls):
        yield from _each(TLS, "no URL of the worker is https")
    if settings.QUEUE_URL.startswith(f"{MEMORY_SCHEME}:"):
        yield from _each(("SQS_CLIENT", "SQS_ENDPOINT_URL"), "the queue is embedded")
    if settings.MONITORING_PORT < 0:
        names = [name for name in type(settings).model_fields if name.startswith("MONITORING_")]
        yield from _each((name for name in names if name != "MONITORING_PORT"), "the monitor is off")
    if settings.PROBE_PORT < 0:
        yield "PROBE_HOST", "the probes are off"
    if settings.MESSAGE_PAYLOAD == "none":
        yield "MESSAGE_PAYLOAD_MAX", "MESSAGE_PAYLOAD=none fetches no body"
    if settings.LOCKER == "none":
        yield from _each(("LOCK_EXPIRE", "UNLOCK_INTERVAL"), "LOCKER=none keeps no locks")


def _each(names: Iterable[str], reason: str) -> Iterator[tuple[str, str]]:
    return ((name, reason) for name in names)
