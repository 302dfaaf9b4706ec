"""What the adapters' constructors take, read off the settings."""

import os
import socket
from collections.abc import Callable, Sequence
from pkgutil import resolve_name
from typing import Any
from uuid import uuid4

from sqsd_adapters.cli.assembly import extending
from sqsd_adapters.cli.settings.selections import queue_kind
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.cli.settings.variables import told
from sqsd_adapters.cli.values.headers import parse_headers
from sqsd_adapters.cli.values.signing_secrets import parse_secrets
from sqsd_adapters.cli.values.statuses import parse_statuses
from sqsd_adapters.cli.values.urls import MEMORY_SCHEME, with_redis_database
from sqsd_adapters.transport.exchange import MAX_ANSWER
from sqsd_core import Clock, DaemonOptions, Observer

SETTLING_CALLS = 16  # calls to SQS side by side beyond the receives: deletes, visibility

MAX_ITEM = 256  # bytes that an entry of batchItemFailures may take

MAX_RECEIVE_COUNT = 5  # as of the queues that QUEUE_ENSURE=create creates in SQS

MIN_ABANDONED = 8  # jobs that outlived their time limit and still run, with few slots; with many, as many as slots


def lazy(path: str, *, package: str = "sqsd_adapters") -> Callable[..., object]:
    """Build a part whose module, and its vendor's, is imported only then."""

    def build(**parts: object) -> object:
        built: object = resolve_name(f"{package}.{path}")(**parts)
        return built

    return build


def queue_name(settings: Settings) -> str:
    return settings.QUEUE_URL.removeprefix(f"{MEMORY_SCHEME}://")


def queue_region(settings: Settings) -> str | None:
    """The region of AWS_REGION or of the queue's URL; None leaves it to the AWS SDK's own chain."""
    if settings.AWS_REGION is not None or queue_kind(settings) != "sqs":
        return settings.AWS_REGION
    address: Any = lazy("queue.sqs.address:QueueAddress.parse")(url=settings.QUEUE_URL)
    region: str | None = address.region
    return region


def sqs_connections(settings: Settings) -> int:
    return settings.FETCHER_PARALLEL_COUNT + SETTLING_CALLS


def statuses(settings: Settings) -> frozenset[int]:
    return parse_statuses(settings.INVOKER_SUCCESS_STATUSES)


def headers(settings: Settings) -> object:
    secret = settings.INVOKER_HEADERS
    return parse_headers(secret.get_secret_value()) if secret else ()


def signing_keys(settings: Settings) -> tuple[bytes, ...]:
    secret = settings.INVOKER_SIGNING_SECRET
    return parse_secrets(secret.get_secret_value()) if secret else ()


def redis_url(settings: Settings) -> str:
    if settings.REDIS_LOCKER_HOST is not None:
        return with_redis_database(f"redis://{settings.REDIS_LOCKER_HOST}", settings.REDIS_LOCKER_DBNAME)
    url = settings.REDIS_LOCKER_URL
    return with_redis_database(url.get_secret_value() if url else "", settings.REDIS_LOCKER_DBNAME)


def redis_prefix(settings: Settings) -> str:
    return settings.REDIS_LOCKER_KEYNAME or "sqsd"


def instance() -> str:
    return f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"


def host_and_process() -> str:
    """Who received a message, for people."""
    return f"{socket.gethostname()}[{os.getpid()}]"


def observers(watching: Sequence[Observer], history: Observer | None) -> Sequence[Observer]:
    return watching if history is None else (*watching, history)


def max_receive_count(settings: Settings) -> int | None:
    """Of the embedded queue, which has no redrive policy unless it is asked for."""
    return MAX_RECEIVE_COUNT if settings.QUEUE_ENSURE == "create" else None


def payload_timeout(settings: Settings) -> float:
    """Seconds that a body may take: the job needs time as well."""
    return settings.INVOKER_TIMEOUT / 2


def payload_connections(settings: Settings) -> int:
    """One per slot, for no more can be fetched at once, and one for questions and deletions."""
    return settings.INVOKER_PARALLEL_COUNT + 1


def options(settings: Settings) -> DaemonOptions:
    """The core's options, each from the variable whose declaration names it."""
    options = {told(field, "option"): getattr(settings, name) for name, field in Settings.model_fields.items()}
    return DaemonOptions(**{option: value for option, value in options.items() if option is not None})


def job(settings: Settings, given: object, *, clock: Clock) -> object:
    if given is not None:
        return given
    if ":" in (settings.INVOKER or ""):
        return lazy("invoker.target:load")(path=settings.INVOKER)
    return extending.extension(settings, "sqsd.invokers", clock=clock)


def is_opened_by_us(given: object) -> bool:
    """The caller that passes a ready Invoker opens and closes it."""
    return isinstance(given, type) or not (hasattr(given, "invoke") or hasattr(given, "invoke_batch"))


def batches(settings: Settings) -> bool:
    return settings.INVOKER_BATCH_SIZE > 1


def max_answer(settings: Settings) -> int:
    """Bytes of an answer's body that are kept: each message of a batch may be listed as failed."""
    return MAX_ANSWER + (settings.INVOKER_BATCH_SIZE - 1) * MAX_ITEM


def max_abandoned(settings: Settings) -> int:
    return max(settings.INVOKER_PARALLEL_COUNT, MIN_ABANDONED)


def monitor_tls(settings: Settings) -> object:
    if settings.MONITORING_TLS_CERT is None:
        return None
    return lazy("monitor.tls:MonitorTls")(
        cert=settings.MONITORING_TLS_CERT,
        key=settings.MONITORING_TLS_KEY,
        client_ca=settings.MONITORING_TLS_CLIENT_CA,
    )


def monitoring_token(settings: Settings) -> str | None:
    return settings.MONITORING_TOKEN.get_secret_value() if settings.MONITORING_TOKEN else None
