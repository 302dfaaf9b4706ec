"""What a queue is made of: the queue itself, its locks, its periodic tasks, and what opens its messages."""

from typing import Any

from dependency_injector import containers, providers

from sqsd_adapters.cli.assembly import arguments, extending, periodic
from sqsd_adapters.cli.assembly.arguments import lazy
from sqsd_adapters.cli.settings import selections
from sqsd_adapters.cli.settings.settings import Settings


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
        providers.Callable(selections.queue_kind, settings),
        memory=providers.Singleton(
            lazy("queue.embedded.queue:EmbeddedQueue.found"),
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
            label=label,
        ),
        extension=providers.Singleton(extending.extension, settings, "sqsd.queues", clock=clock),
    )

    shared_lock_store = providers.Singleton(
        lazy("lock_store.shared:SharedLockStore"), connection=parents_locks, queue_url=settings.provided.QUEUE_URL
    )
    lock_store = providers.Selector(
        providers.Callable(selections.lock_store_kind, settings, parents_locks),
        shared=shared_lock_store,
        memory=providers.Singleton(lazy("lock_store.memory:MemoryLockStore"), clock=clock, label=label),
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
            label=label,
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
        providers.Callable(selections.queue_kind, settings),
        memory=providers.Singleton(lazy("queue.embedded.sender:EmbeddedSender"), queue=queue),
        sqs=queue,
        extension=queue,
    )
    slots_kind = providers.Callable(selections.slots_kind, settings, parents_locks)
    scheduler = providers.Selector(
        providers.Callable(selections.scheduled, settings),
        on=providers.Singleton(
            periodic.scheduler,
            settings,
            sender=sender,
            lock_store=providers.Selector(slots_kind, own=lock_store, shared=shared_lock_store),
            clock=clock,
            instance=providers.Callable(arguments.instance),
            queue_name=queue.provided.name,
            label=label,
        ),
        off=providers.Object(None),
    )

    payload_kind = providers.Callable(selections.payload_kind, settings)
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
    in_sns_envelopes = providers.Callable(selections.in_sns_envelopes, settings)
    #: deletes bodies after their messages
    cleaner = providers.Selector(
        providers.Callable(selections.cleaner_kind, settings),
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
        providers.Callable(selections.opener_kind, settings),
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
