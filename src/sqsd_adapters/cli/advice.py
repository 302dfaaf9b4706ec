"""What is allowed in a configuration and hardly meant: warned of at start."""

from collections.abc import Iterable, Iterator, Mapping

from sqsd_adapters.cli.settings import Settings
from sqsd_adapters.cli.spelling import nearest
from sqsd_adapters.cli.urls import MEMORY_SCHEME

#: an event of the log and its fields
Advice = tuple[str, Mapping[str, str]]

#: what concerns an HTTP worker alone, and what a health check needs as well
REQUESTS = ("INVOKER_SUCCESS_STATUSES", "INVOKER_CONTENT_TYPE", "INVOKER_HEADERS")
TLS = ("INVOKER_CA_FILE", "INVOKER_CLIENT_CERT", "INVOKER_CLIENT_KEY")
TRANSPORT = ("INVOKER_CLIENT", "INVOKER_CONNECT_TIMEOUT", *TLS)


def advice(settings: Settings, *, environ: Iterable[str]) -> Iterator[Advice]:
    """Name misspelt variables, and those that change nothing beside the others."""
    known = type(settings).model_fields
    for name in environ:
        hint = nearest(name, known) if name not in known else None
        if hint is not None:
            yield "unknown variable", {"variable": name, "did_you_mean": hint}
    for name, reason in _without_effect(settings):
        if name in settings.model_fields_set:
            yield "variable has no effect", {"variable": name, "reason": reason}


def _without_effect(settings: Settings) -> Iterator[tuple[str, str]]:
    urls = [url for url in (settings.INVOKER_URL, settings.INVOKER_HEALTHCHECK_URL) if url is not None]
    if settings.INVOKER is not None:
        yield from _each(REQUESTS, "the invoker is a Python callable")
        if not urls:
            yield from _each(TRANSPORT, "the invoker is a Python callable")
    if urls and not any(url.startswith("https:") for url in urls):
        yield from _each(TLS, "the worker's URL is not https")
    if settings.QUEUE_URL.startswith(f"{MEMORY_SCHEME}:"):
        yield from _each(("SQS_CLIENT", "SQS_ENDPOINT_URL"), "the queue is embedded")
    if settings.MONITORING_PORT < 0:
        names = [name for name in type(settings).model_fields if name.startswith("MONITORING_")]
        yield from _each((name for name in names if name != "MONITORING_PORT"), "the monitor is off")
    if settings.PROBE_PORT < 0:
        yield "PROBE_HOST", "the probes are off"
    if settings.LOCKER == "none":
        yield from _each(("LOCK_EXPIRE", "UNLOCK_INTERVAL"), "there are no locks")


def _each(names: Iterable[str], reason: str) -> Iterator[tuple[str, str]]:
    return ((name, reason) for name in names)
