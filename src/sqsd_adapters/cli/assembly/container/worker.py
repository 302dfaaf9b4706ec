"""What a worker is made of: its invoker, the way to it, and its probe."""

from typing import Any

from dependency_injector import containers, providers

from sqsd_adapters.cli.assembly import arguments
from sqsd_adapters.cli.assembly.arguments import lazy
from sqsd_adapters.cli.settings import selections
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_core.version import __version__


class WorkerParts(containers.DeclarativeContainer):
    """What one worker is made of; ``given`` is the Invoker or callable that code brings along."""

    settings = providers.Dependency(instance_of=Settings)
    given: providers.Provider[Any] = providers.Object(None)
    #: the name of the worker's table, for the log
    label: providers.Provider[str] = providers.Object("")
    nothing: providers.Provider[None] = providers.Object(None)
    clock = providers.Singleton(lazy("clock.system:SystemClock"))

    tls = providers.Singleton(
        lazy("transport.tls:Tls"),
        ca_file=settings.provided.INVOKER_CA_FILE,
        client_cert=settings.provided.INVOKER_CLIENT_CERT,
        client_key=settings.provided.INVOKER_CLIENT_KEY,
    )
    client = providers.Selector(
        settings.provided.INVOKER_CLIENT,
        http11=providers.Factory(lazy("transport.http11:Http11Exchange")),
        httpx=providers.Factory(lazy("transport.httpx:HttpxExchange")),
    )
    exchange = providers.Singleton(
        client,
        url=settings.provided.INVOKER_URL,
        connections=settings.provided.INVOKER_PARALLEL_COUNT,
        connect_timeout=settings.provided.INVOKER_CONNECT_TIMEOUT,
        max_age=settings.provided.INVOKER_CONNECTION_MAX_AGE,
        idle_timeout=settings.provided.INVOKER_IDLE_TIMEOUT,
        max_answer=providers.Callable(arguments.max_answer, settings),
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

    worker_kind = providers.Callable(selections.worker_kind, settings, given)
    probe_kind = providers.Callable(selections.probe_kind, settings, worker_kind)
    #: one for each queue, since requests carry its name, and may have a path of their own
    http_invoker = providers.Factory(
        lazy("invoker.http.invoker:HttpInvoker"),
        exchange=exchange,
        clock=clock,
        timeout=settings.provided.INVOKER_TIMEOUT,
        success=providers.Callable(arguments.statuses, settings),
        content_type=settings.provided.INVOKER_CONTENT_TYPE,
        headers=providers.Callable(arguments.headers, settings),
        signing_keys=providers.Callable(arguments.signing_keys, settings),
        version=__version__,
        answers=settings.provided.LOG_ANSWERS,
    )
    function_invoker = providers.Singleton(
        lazy("invoker.callable:CallableInvoker"),
        target=providers.Callable(arguments.job, settings, given, clock=clock),
        max_abandoned=providers.Callable(arguments.max_abandoned, settings),
        opens=providers.Callable(arguments.is_opened_by_us, given),
        batches=providers.Callable(arguments.batches, settings),
        answers=settings.provided.LOG_ANSWERS,
        label=label,
    )
    #: what runs the jobs: the invoker itself, or what the invoker of each queue sends its requests through
    invoker = providers.Selector(worker_kind, http=exchange, function=function_invoker)
    connect_probe = providers.Selector(
        worker_kind,
        http=providers.Singleton(
            lazy("invoker.http.probe:ConnectProbe"),
            clock=clock,
            url=settings.provided.INVOKER_URL,
            timeout=settings.provided.INVOKER_CONNECT_TIMEOUT,
            label=label,
        ),
        function=nothing,
    )
    probe = providers.Selector(
        probe_kind,
        health=providers.Singleton(
            lazy("invoker.http.probe:HttpProbe"),
            clock=clock,
            exchange=health_exchange,
            timeout=settings.provided.INVOKER_CONNECT_TIMEOUT,
            worker=connect_probe,
            label=label,
        ),
        connect=connect_probe,
        none=nothing,
    )

    #: in the order of opening
    opened = providers.List(
        invoker,
        providers.Selector(probe_kind, health=health_exchange, connect=nothing, none=nothing),
    )
