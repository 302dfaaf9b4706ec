"""Which settings send secrets or messages over a network in the clear."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.monitor.address import is_loopback

CLEAR = "anybody on the network path can read it; use https"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Something that strangers on the network path can read."""

    #: the log's event
    event: str
    variable: str
    #: why it matters, and what to do
    reason: str


def exposures(settings: Settings) -> Iterator[Exposure]:
    """Every exposure, in the order of the settings."""
    yield from _of_sqs(settings)
    yield from _of_worker(settings)
    yield from _of_redis(settings)


def _of_sqs(settings: Settings) -> Iterator[Exposure]:
    variable = "QUEUE_URL" if settings.SQS_ENDPOINT_URL is None else "SQS_ENDPOINT_URL"
    if _is_clear(settings.SQS_ENDPOINT_URL or settings.QUEUE_URL):
        yield Exposure(event="SQS is called without TLS", variable=variable, reason=f"messages travel as text: {CLEAR}")


def _of_worker(settings: Settings) -> Iterator[Exposure]:
    event = "credentials are sent to the worker without TLS"
    if settings.INVOKER_HEADERS is not None and _is_clear(settings.INVOKER_URL or ""):
        yield Exposure(event=event, variable="INVOKER_HEADERS", reason=f"INVOKER_URL is http: {CLEAR}")
    for variable in ("INVOKER_URL", "INVOKER_HEALTHCHECK_URL"):
        url = getattr(settings, variable) or ""
        if _is_clear(url) and urlsplit(url).password:
            yield Exposure(event=event, variable=variable, reason=f"it holds a password: {CLEAR}")


def _of_redis(settings: Settings) -> Iterator[Exposure]:
    url = settings.REDIS_LOCKER_URL
    parts = urlsplit(url.get_secret_value() if url else "")
    if parts.scheme == "redis" and parts.password and not is_loopback(parts.hostname or ""):
        yield Exposure(
            event="the Redis password is sent without TLS",
            variable="REDIS_LOCKER_URL",
            reason="anybody on the network path can read it; use rediss",
        )


def _is_clear(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")
