"""What a daemon is made of beside its queues and workers: observers, history and monitors."""

import random
from typing import Any

from dependency_injector import containers, providers

from sqsd_adapters.cli.assembly import arguments, extending
from sqsd_adapters.cli.assembly.arguments import lazy
from sqsd_adapters.cli.settings import selections
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_core import Daemon, Plan


class DaemonParts(containers.DeclarativeContainer):
    """What there is one of, whatever the number of queues."""

    settings = providers.Dependency(instance_of=Settings)
    plan = providers.Dependency(instance_of=Plan)
    #: observers that are made already
    watching: providers.Provider[Any] = providers.Object(())
    nothing: providers.Provider[None] = providers.Object(None)
    clock = providers.Singleton(lazy("clock.system:SystemClock"))

    history = providers.Selector(
        providers.Callable(selections.remembered, settings),
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
        providers.Callable(selections.served, settings.provided.MONITORING_PORT),
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
        providers.Callable(selections.served, settings.provided.PROBE_PORT),
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
