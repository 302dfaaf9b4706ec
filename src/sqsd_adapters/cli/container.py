"""The composition root: builds the objects, imports only what is used, and opens nothing."""

import random
from typing import Any

from dependency_injector import containers, providers

from sqsd_adapters.cli import arguments, extending
from sqsd_adapters.cli.arguments import lazy
from sqsd_adapters.cli.settings import Settings
from sqsd_core import Daemon, Plan
from sqsd_core.version import __version__


class QueueParts(containers.DeclarativeContainer):
    """What one queue is made of."""

    settings = providers.Dependency(instance_of=Settings)
    #: the name of the queue's table, for the log
    label: providers.Provider[str] = providers.Object("")
    #: the connection to the lock server, where several processes run under one parent
    parents_locks: providers.Provider[Any] = providers.Object(None)
    nothing: providers.Provider[None] = providers.Object(None)
    clock = providers.Singleton(lazy("clock.system:SystemClock"))

    queue = providers.Selector(
        providers.Callable(arguments.queue_kind, settings),
        memory=providers.Singleton(
            lazy("queue.embedded.queue:EmbeddedQueue.named"),
            name=providers.Callable(arguments.queue_name, settings),
            max_receive_count=providers.Callable(arguments.max_receive_count, settings),
        ),
        sqs=providers.Singleton(
            lazy("queue.sqs:SqsQueue"),
            clock=clock,
            url=settings.provided.QUEUE_URL,
            region=settings.provided.AWS_REGION,
            endpoint_url=settings.provided.SQS_ENDPOINT_URL,
            connections=providers.Callable(arguments.sqs_connections, settings),
            client=settings.provided.SQS_CLIENT,
        ),
        extension=providers.Singleton(extending.extension, settings, "sqsd.queues", clock=clock),
    )

    shared_lock_store = providers.Singleton(
        lazy("lock_store.shared:SharedLockStore"), connection=parents_locks, queue_url=settings.provided.QUEUE_URL
    )
    lock_store = providers.Selector(
        providers.Callable(arguments.lock_store_kind, settings, parents_locks),
        shared=shared_lock_store,
        memory=providers.Singleton(lazy("lock_store.memory:MemoryLockStore"), clock=clock),
        none=providers.Singleton(lazy("lock_store.null:NullLockStore")),
        redis=providers.Singleton(
            lazy("lock_store.redis:RedisLockStore"),
            url=providers.Callable(arguments.redis_url, settings),
            queue_url=settings.provided.QUEUE_URL,
            prefix=providers.Callable(arguments.redis_prefix, settings),
        ),
        sqlite=providers.Singleton(
            lazy("lock_store.sqlite:SqliteLockStore"),
            path=settings.provided.SQLITE_LOCKER_PATH,
            queue_url=settings.provided.QUEUE_URL,
            clock=clock,
        ),
        dynamodb=providers.Singleton(
            lazy("lock_store.dynamodb:DynamoDbLockStore"),
            table=settings.provided.DYNAMODB_LOCKER_TABLE,
            queue_url=settings.provided.QUEUE_URL,
            clock=clock,
            region=providers.Callable(arguments.queue_region, settings),
            create=settings.provided.DYNAMODB_LOCKER_CREATE,
        ),
        extension=providers.Singleton(extending.extension, settings, "sqsd.lock_stores", clock=clock),
    )

    sender = providers.Selector(
        providers.Callable(arguments.queue_kind, settings),
        memory=providers.Singleton(lazy("queue.embedded.sender:EmbeddedSender"), queue=queue),
        sqs=queue,
        extension=queue,
    )
    slots_kind = providers.Callable(arguments.slots_kind, settings, parents_locks)
    scheduler = providers.Selector(
        providers.Callable(arguments.scheduled, settings),
        on=providers.Singleton(
            arguments.scheduler,
            settings,
            sender=sender,
            lock_store=providers.Selector(slots_kind, own=lock_store, shared=shared_lock_store),
            clock=clock,
            instance=providers.Callable(arguments.instance),
            queue_name=queue.provided.name,
        ),
        off=providers.Object(None),
    )

    payload_kind = providers.Callable(arguments.payload_kind, settings)
    object_store = providers.Selector(
        payload_kind,
        off=nothing,
        s3=providers.Singleton(
            lazy("invoker.envelope.s3:S3Store"),
            clock=clock,
            region=providers.Callable(arguments.queue_region, settings),
            connections=providers.Callable(arguments.payload_connections, settings),
        ),
    )
    payloads = providers.Selector(
        payload_kind,
        off=nothing,
        s3=providers.Singleton(
            lazy("invoker.envelope.payloads:S3Payloads"),
            store=object_store,
            clock=clock,
            limit=settings.provided.MESSAGE_PAYLOAD_MAX,
            timeout=providers.Callable(arguments.payload_timeout, settings),
            queue=label,
        ),
    )
    in_sns_envelopes = providers.Callable(arguments.in_sns_envelopes, settings)
    #: deletes bodies after their messages
    cleaner = providers.Selector(
        providers.Callable(arguments.cleaner_kind, settings),
        off=nothing,
        s3=providers.Singleton(
            lazy("invoker.envelope.cleaner:PayloadCleaner"),
            store=object_store,
            clock=clock,
            sns=in_sns_envelopes,
            queue=label,
        ),
    )
    #: stands between a delivery and its invocation
    opener = providers.Selector(
        providers.Callable(arguments.opener_kind, settings),
        off=nothing,
        on=providers.Singleton(
            lazy("invoker.envelope.opener:MessageOpener"),
            clock=clock,
            sns=in_sns_envelopes,
            payloads=payloads,
            queue=label,
        ),
    )

    #: in the order of opening
    opened = providers.List(
        queue,
        lock_store,
        providers.Selector(slots_kind, own=nothing, shared=shared_lock_store),
        object_store,
        payloads,
        cleaner,
    )


class WorkerParts(containers.DeclarativeContainer):
    """What one worker is made of; ``given`` is the Invoker or callable that code brings along."""

    settings = providers.Dependency(instance_of=Settings)
    given: providers.Provider[Any] = providers.Object(None)
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

    worker_kind = providers.Callable(arguments.worker_kind, settings, given)
    probe_kind = providers.Callable(arguments.probe_kind, settings, worker_kind)
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
    )
    #: what runs the jobs: the invoker itself, or what the invoker of each queue sends its requests through
    invoker = providers.Selector(worker_kind, http=exchange, function=function_invoker)
    connect_probe = providers.Selector(
        worker_kind,
        http=providers.Singleton(
            lazy("invoker.http.probe:ConnectProbe"),
            url=settings.provided.INVOKER_URL,
            timeout=settings.provided.INVOKER_CONNECT_TIMEOUT,
        ),
        function=nothing,
    )
    probe = providers.Selector(
        probe_kind,
        health=providers.Singleton(
            lazy("invoker.http.probe:HttpProbe"),
            exchange=health_exchange,
            timeout=settings.provided.INVOKER_CONNECT_TIMEOUT,
            worker=connect_probe,
        ),
        connect=connect_probe,
        none=nothing,
    )

    #: in the order of opening
    opened = providers.List(
        invoker,
        providers.Selector(probe_kind, health=health_exchange, connect=nothing, none=nothing),
    )


class DaemonParts(containers.DeclarativeContainer):
    """What there is one of, whatever the number of queues."""

    settings = providers.Dependency(instance_of=Settings)
    plan = providers.Dependency(instance_of=Plan)
    #: observers that are made already
    watching: providers.Provider[Any] = providers.Object(())
    nothing: providers.Provider[None] = providers.Object(None)
    clock = providers.Singleton(lazy("clock.system:SystemClock"))

    history = providers.Selector(
        providers.Callable(arguments.remembered, settings),
        memory=providers.Singleton(
            lazy("observer.history.memory:MemoryHistory"),
            clock=clock,
            instance=providers.Callable(arguments.host_and_process),
            size=settings.provided.HISTORY_SIZE,
        ),
        file=providers.Singleton(
            lazy("observer.history.kept:KeptHistory"),
            clock=clock,
            instance=providers.Callable(arguments.host_and_process),
            size=settings.provided.HISTORY_SIZE,
            path=settings.provided.HISTORY_FILE,
        ),
        off=nothing,
    )
    #: those of extensions
    own_observers = providers.Singleton(extending.extensions, settings, "sqsd.observers", clock=clock)
    observers = providers.Callable(
        arguments.observers, providers.Callable(extending.all_observers, watching, own_observers), history
    )

    daemon = providers.Singleton(
        Daemon,
        plan=plan,
        clock=clock,
        random=providers.Object(random.random),
        instance=providers.Singleton(arguments.instance),
        observers=observers,
    )
    monitor = providers.Selector(
        providers.Callable(arguments.served, settings.provided.MONITORING_PORT),
        on=providers.Singleton(
            lazy("monitor.grpc:GrpcMonitor"),
            monitor=daemon,
            host=settings.provided.MONITORING_HOST,
            port=settings.provided.MONITORING_PORT,
            tls=providers.Callable(arguments.monitor_tls, settings),
            token=providers.Callable(arguments.monitoring_token, settings),
            receipts=settings.provided.MONITORING_RECEIPTS,
            history=history,
        ),
        off=nothing,
    )

    probes = providers.Selector(
        providers.Callable(arguments.served, settings.provided.PROBE_PORT),
        on=providers.Singleton(
            lazy("monitor.probes:Probes"),
            monitor=daemon,
            host=settings.provided.PROBE_HOST,
            port=settings.provided.PROBE_PORT,
        ),
        off=nothing,
    )

    #: in the order of opening
    opened = providers.List(history, monitor, probes)
