"""Makes the stations of a daemon and connects them; nothing here runs."""

from collections.abc import Callable
from dataclasses import dataclass

from sqsd_core.flow.acknowledger import Acknowledger
from sqsd_core.flow.admission import Admission
from sqsd_core.flow.circuit import Circuit
from sqsd_core.flow.consumer import Consumer
from sqsd_core.flow.deadlines import Deadlines
from sqsd_core.flow.drain import Drain
from sqsd_core.flow.fetcher import Fetcher
from sqsd_core.flow.handoff import Handoff
from sqsd_core.flow.heartbeat import Heartbeat
from sqsd_core.flow.janitor import Janitor
from sqsd_core.flow.locks import Locks
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.flow.outage import Outage
from sqsd_core.flow.prober import Prober
from sqsd_core.flow.redrive import Redrive
from sqsd_core.flow.settler import Settler
from sqsd_core.flow.trials import Trials
from sqsd_core.flow.troubles import Troubles
from sqsd_core.policy.breaker import BreakerSettings
from sqsd_core.policy.fetching import Fetching
from sqsd_core.policy.retries import Retries
from sqsd_core.policy.scoreboard import Scoreboard
from sqsd_core.policy.settlement import RetryPolicy
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.invoker import Bounded, Invoker, Probe
from sqsd_core.ports.lock_store import LockStore
from sqsd_core.ports.queue import Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Stations:
    """What a daemon runs, asks and closes."""

    drain: Drain
    admission: Admission
    troubles: Troubles
    outage: Outage
    scoreboard: Scoreboard
    redrive: Redrive
    circuit: Circuit
    prober: Prober
    fetcher: Fetcher
    handoff: Handoff
    deadlines: Deadlines
    consumer: Consumer
    heartbeat: Heartbeat
    settler: Settler
    acknowledger: Acknowledger
    locks: Locks
    retries: Retries
    janitor: Janitor


def connect(
    *,
    queue: Queue,
    invoker: Invoker,
    lock_store: LockStore,
    clock: Clock,
    random: Callable[[], float],
    instance: str,
    probe: Probe | None,
    options: DaemonOptions,
) -> Stations:
    """Make each station once and hand it to those that need it."""
    drain = Drain()
    admission = Admission(clock=clock)
    troubles = Troubles(clock=clock)
    outage = Outage(admission=admission, troubles=troubles, clock=clock)
    scoreboard = Scoreboard()
    retries = Retries(shortest=options.error_visibility_timeout, longest=options.error_visibility_timeout_max)
    fetching = Fetching(slots=options.slots, receivers=options.receivers, max_messages=options.max_messages)
    handoff = Handoff(fetching=fetching, clock=clock, slots=options.slots)
    deadlines = Deadlines(limit=options.invoker_timeout)
    acknowledger = Acknowledger(
        queue=queue, admission=admission, troubles=troubles, clock=clock, random=random, scoreboard=scoreboard
    )
    locks = Locks(
        store=lock_store,
        admission=admission,
        troubles=troubles,
        random=random,
        instance=instance,
        visibility=options.visibility_timeout,
        expire=options.lock_expire,
        required=options.locker_required,
    )
    heartbeat = Heartbeat(
        queue=queue, locks=locks, troubles=troubles, clock=clock, visibility=options.visibility_timeout
    )
    settler = Settler(
        acknowledger=acknowledger,
        heartbeat=heartbeat,
        locks=locks,
        clock=clock,
        random=random,
        retry=RetryPolicy(base=options.error_visibility_timeout, maximum=options.error_visibility_timeout_max),
        retries=retries,
        handoff=handoff,
    )
    redrive = Redrive()
    trials = Trials(start=handoff.again)
    circuit = Circuit(
        admission=admission,
        trials=trials,
        redrive=redrive,
        troubles=troubles,
        settings=BreakerSettings(
            failures=options.breaker_failures,
            cooldown=options.breaker_cooldown,
            cooldown_max=options.breaker_cooldown_max,
        ),
        clock=clock,
        random=random,
    )
    prober = Prober(
        circuit=circuit,
        trials=trials,
        probe=probe,
        clock=clock,
        buffered=handoff.abandon,
        release=settler.release,
        settle=settler.settle,
    )
    consumer = Consumer(
        handoff=handoff,
        invoker=invoker,
        settler=settler,
        circuit=circuit,
        redrive=redrive,
        deadlines=deadlines,
        scoreboard=scoreboard,
        troubles=troubles,
        clock=clock,
    )
    fetcher = Fetcher(
        queue=queue,
        handoff=handoff,
        admission=admission,
        circuit=circuit,
        bounded=invoker if isinstance(invoker, Bounded) else None,
        locks=locks,
        heartbeat=heartbeat,
        settler=settler,
        scoreboard=scoreboard,
        fetching=fetching,
        retries=retries,
        outage=outage,
        troubles=troubles,
        drain=drain,
        clock=clock,
        random=random,
        options=options,
    )
    return Stations(
        drain=drain,
        admission=admission,
        troubles=troubles,
        outage=outage,
        scoreboard=scoreboard,
        redrive=redrive,
        circuit=circuit,
        prober=prober,
        fetcher=fetcher,
        handoff=handoff,
        deadlines=deadlines,
        consumer=consumer,
        heartbeat=heartbeat,
        settler=settler,
        acknowledger=acknowledger,
        locks=locks,
        retries=retries,
        janitor=Janitor(locks=locks, interval=options.unlock_interval),
    )
