"""The composition root: what depends on what. It builds, imports only what is used, and opens nothing."""

import os
import random
import socket
from collections.abc import Callable
from pkgutil import resolve_name
from typing import Any
from uuid import uuid4

from dependency_injector import containers, providers

from sqsd_adapters.cli.headers import parse_headers
from sqsd_adapters.cli.settings import Settings
from sqsd_adapters.cli.statuses import parse_statuses
from sqsd_adapters.cli.urls import MEMORY_SCHEME, with_redis_database
from sqsd_adapters.errors import ConfigurationError
from sqsd_core import Daemon, DaemonOptions
from sqsd_core.version import __version__

SETTLING_CALLS = 16  # calls to SQS side by side beyond the receives: deletes, visibility


def _lazy(path: str) -> Callable[..., object]:
    """Build an adapter whose module, and its vendor's, is imported only then."""

    def build(**parts: object) -> object:
        built: object = resolve_name(f"sqsd_adapters.{path}")(**parts)
        return built

    return build


def _queue_kind(settings: Settings) -> str:
    return "memory" if settings.QUEUE_URL.startswith(f"{MEMORY_SCHEME}:") else "sqs"


def _worker_kind(settings: Settings, given: object) -> str:
    if given is not None:
        return "given" if hasattr(given, "invoke") and not isinstance(given, type) else "function"
    if settings.INVOKER is not None:
        return "function"
    if settings.INVOKER_URL is not None:
        return "http"
    raise ConfigurationError("nobody to hand messages to; set INVOKER_URL or INVOKER, or pass an invoker")


def _probe_kind(settings: Settings, worker: str) -> str:
    if settings.INVOKER_HEALTHCHECK_URL is not None:
        return "health"
    return "connect" if worker == "http" else "none"


def _queue_name(settings: Settings) -> str:
    return settings.QUEUE_URL.removeprefix(f"{MEMORY_SCHEME}://")


def _sqs_connections(settings: Settings) -> int:
    return settings.FETCHER_PARALLEL_COUNT + SETTLING_CALLS


def _statuses(settings: Settings) -> frozenset[int]:
    return parse_statuses(settings.INVOKER_SUCCESS_STATUSES)


def _headers(settings: Settings) -> object:
    secret = settings.INVOKER_HEADERS
    return parse_headers(secret.get_secret_value()) if secret else ()


def _redis_url(settings: Settings) -> str:
    if settings.REDIS_LOCKER_HOST is not None:
        return with_redis_database(f"redis://{settings.REDIS_LOCKER_HOST}", settings.REDIS_LOCKER_DBNAME)
    url = settings.REDIS_LOCKER_URL
    return with_redis_database(url.get_secret_value() if url else "", settings.REDIS_LOCKER_DBNAME)


def _redis_prefix(settings: Settings) -> str:
    return settings.REDIS_LOCKER_KEYNAME or "sqsd"


def _instance() -> str:
    return f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"


def _options(settings: Settings) -> DaemonOptions:
    return DaemonOptions(
        slots=settings.INVOKER_PARALLEL_COUNT,
        receivers=settings.FETCHER_PARALLEL_COUNT,
        max_messages=settings.FETCHER_MAX_MESSAGES,
        wait_time=settings.FETCHER_WAIT_TIME,
        interval=settings.FETCHER_INTERVAL,
        visibility_timeout=settings.VISIBILITY_TIMEOUT,
        error_visibility_timeout=settings.ERROR_VISIBILITY_TIMEOUT,
        error_visibility_timeout_max=settings.ERROR_VISIBILITY_TIMEOUT_MAX,
        invoker_timeout=settings.INVOKER_TIMEOUT,
        drain_timeout=settings.DRAIN_TIMEOUT,
        lock_expire=settings.LOCK_EXPIRE,
        unlock_interval=settings.UNLOCK_INTERVAL,
        locker_required=settings.LOCKER_REQUIRED,
        breaker_failures=settings.BREAKER_FAILURES,
        breaker_cooldown=settings.BREAKER_COOLDOWN,
        breaker_cooldown_max=settings.BREAKER_COOLDOWN_MAX,
    )


def _job(settings: Settings, given: object) -> object:
    return _lazy("invoker.callable:load")(path=settings.INVOKER) if given is None else given


def _monitor_tls(settings: Settings) -> object:
    if settings.MONITORING_TLS_CERT is None:
        return None
    return _lazy("monitor.tls:MonitorTls")(
        cert=settings.MONITORING_TLS_CERT,
        key=settings.MONITORING_TLS_KEY,
        client_ca=settings.MONITORING_TLS_CLIENT_CA,
    )


def _monitoring_token(settings: Settings) -> str | None:
    return settings.MONITORING_TOKEN.get_secret_value() if settings.MONITORING_TOKEN else None


def _served(port: int) -> str:
    return "off" if port < 0 else "on"


class Container(containers.DeclarativeContainer):
    """Everything a daemon is made of; ``given`` is the Invoker or callable that code brings along."""

    settings = providers.Dependency(instance_of=Settings)
    given: providers.Provider[Any] = providers.Object(None)
    nothing: providers.Provider[None] = providers.Object(None)
    clock = providers.Singleton(_lazy("clock.system:SystemClock"))

    queue = providers.Selector(
        providers.Callable(_queue_kind, settings),
        memory=providers.Singleton(
            _lazy("queue.embedded.queue:EmbeddedQueue.named"), name=providers.Callable(_queue_name, settings)
        ),
        sqs=providers.Singleton(
            _lazy("queue.sqs:SqsQueue"),
            clock=clock,
            url=settings.provided.QUEUE_URL,
            region=settings.provided.AWS_REGION,
            endpoint_url=settings.provided.SQS_ENDPOINT_URL,
            connections=providers.Callable(_sqs_connections, settings),
            client=settings.provided.SQS_CLIENT,
        ),
    )

    lock_store = providers.Selector(
        settings.provided.LOCKER,
        memory=providers.Singleton(_lazy("lock_store.memory:MemoryLockStore"), clock=clock),
        none=providers.Singleton(_lazy("lock_store.null:NullLockStore")),
        redis=providers.Singleton(
            _lazy("lock_store.redis:RedisLockStore"),
            url=providers.Callable(_redis_url, settings),
            queue_url=settings.provided.QUEUE_URL,
            prefix=providers.Callable(_redis_prefix, settings),
        ),
    )

    tls = providers.Singleton(
        _lazy("transport.tls:Tls"),
        ca_file=settings.provided.INVOKER_CA_FILE,
        client_cert=settings.provided.INVOKER_CLIENT_CERT,
        client_key=settings.provided.INVOKER_CLIENT_KEY,
    )
    client = providers.Selector(
        settings.provided.INVOKER_CLIENT,
        http11=providers.Factory(_lazy("transport.http11:Http11Exchange")),
        httpx=providers.Factory(_lazy("transport.httpx:HttpxExchange")),
    )
    exchange = providers.Singleton(
        client,
        url=settings.provided.INVOKER_URL,
        connections=settings.provided.INVOKER_PARALLEL_COUNT,
        connect_timeout=settings.provided.INVOKER_CONNECT_TIMEOUT,
        tls=tls,
    )
    health_exchange = providers.Singleton(
        client,
        method="GET",
        url=settings.provided.INVOKER_HEALTHCHECK_URL,
        connections=1,
        connect_timeout=settings.provided.INVOKER_CONNECT_TIMEOUT,
        tls=tls,
    )

    worker_kind = providers.Callable(_worker_kind, settings, given)
    probe_kind = providers.Callable(_probe_kind, settings, worker_kind)
    http_invoker = providers.Singleton(
        _lazy("invoker.http.invoker:HttpInvoker"),
        exchange=exchange,
        clock=clock,
        queue_name=queue.provided.name,
        timeout=settings.provided.INVOKER_TIMEOUT,
        success=providers.Callable(_statuses, settings),
        content_type=settings.provided.INVOKER_CONTENT_TYPE,
        headers=providers.Callable(_headers, settings),
        version=__version__,
    )
    function_invoker = providers.Singleton(
        _lazy("invoker.callable:CallableInvoker"),
        target=providers.Callable(_job, settings, given),
    )
    invoker = providers.Selector(worker_kind, http=http_invoker, function=function_invoker, given=given)
    probe = providers.Selector(
        probe_kind,
        health=providers.Singleton(
            _lazy("invoker.http.probe:HttpProbe"),
            exchange=health_exchange,
            timeout=settings.provided.INVOKER_CONNECT_TIMEOUT,
        ),
        connect=providers.Singleton(
            _lazy("invoker.http.probe:ConnectProbe"),
            url=settings.provided.INVOKER_URL,
            timeout=settings.provided.INVOKER_CONNECT_TIMEOUT,
        ),
        none=nothing,
    )

    daemon = providers.Singleton(
        Daemon,
        queue=queue,
        invoker=invoker,
        lock_store=lock_store,
        clock=clock,
        random=providers.Object(random.random),
        instance=providers.Singleton(_instance),
        probe=probe,
        options=providers.Callable(_options, settings),
    )
    monitor = providers.Selector(
        providers.Callable(_served, settings.provided.MONITORING_PORT),
        on=providers.Singleton(
            _lazy("monitor.grpc:GrpcMonitor"),
            monitor=daemon,
            host=settings.provided.MONITORING_HOST,
            port=settings.provided.MONITORING_PORT,
            tls=providers.Callable(_monitor_tls, settings),
            token=providers.Callable(_monitoring_token, settings),
        ),
        off=nothing,
    )

    probes = providers.Selector(
        providers.Callable(_served, settings.provided.PROBE_PORT),
        on=providers.Singleton(
            _lazy("monitor.probes:Probes"),
            monitor=daemon,
            host=settings.provided.PROBE_HOST,
            port=settings.provided.PROBE_PORT,
        ),
        off=nothing,
    )

    #: in the order of opening; what code brought along is opened and closed there
    adapters = providers.List(
        queue,
        lock_store,
        providers.Selector(worker_kind, http=exchange, function=function_invoker, given=nothing),
        providers.Selector(probe_kind, health=health_exchange, connect=nothing, none=nothing),
        monitor,
        probes,
    )
