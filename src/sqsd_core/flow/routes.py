"""Makes the stations of a daemon and connects them; nothing here runs."""

from collections.abc import Callable
from dataclasses import dataclass

from sqsd_core.deadlines import Deadlines
from sqsd_core.flow.admission import Admission
from sqsd_core.flow.drain import Drain
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.flow.redrive import Redrive
from sqsd_core.flow.services.janitor import Janitor
from sqsd_core.flow.source.acknowledger import Acknowledger
from sqsd_core.flow.source.fetcher import Fetcher
from sqsd_core.flow.source.heartbeat import Heartbeat
from sqsd_core.flow.source.locks import Locks
from sqsd_core.flow.source.outage import Outage
from sqsd_core.flow.source.releases import Releases
from sqsd_core.flow.source.settler import Settler
from sqsd_core.flow.troubles import Troubles
from sqsd_core.flow.worker.breaker import WorkerBreaker
from sqsd_core.flow.worker.consumer import Consumer
from sqsd_core.flow.worker.handoff import Handoff
from sqsd_core.flow.worker.prober import Prober
from sqsd_core.flow.worker.trials import Trials
from sqsd_core.policy.breaker import BreakerSettings
from sqsd_core.policy.comebacks import Comebacks
from sqsd_core.policy.receives import Receives
from sqsd_core.policy.scoreboard import Scoreboard
from sqsd_core.policy.settlement import RetryPolicy
from sqsd_core.policy.window import Window
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
    breaker: WorkerBreaker
    prober: Prober
    fetcher: Fetcher
    handoff: Handoff
    deadlines: Deadlines
    consumer: Consumer
    heartbeat: Heartbeat
    releases: Releases
    acknowledger: Acknowledger
    locks: Locks
    comebacks: Comebacks
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
    comebacks = Comebacks(shortest=options.error_visibility_timeout, longest=options.error_visibility_timeout_max)
    window = Window(slots=options.slots, max_messages=options.max_messages)
    receives = Receives(receivers=options.receivers)
    handoff = Handoff(window=window, receives=receives, clock=clock, slots=options.slots)
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
    redrive = Redrive()
    releases = Releases(acknowledger=acknowledger, heartbeat=heartbeat, locks=locks, comebacks=comebacks, clock=clock)
    settler = Settler(
        acknowledger=acknowledger,
        heartbeat=heartbeat,
        locks=locks,
        releases=releases,
        redrive=redrive,
        clock=clock,
        random=random,
        retry=RetryPolicy(base=options.error_visibility_timeout, maximum=options.error_visibility_timeout_max),
        comebacks=comebacks,
        handoff=handoff,
    )
    trials = Trials(start=handoff.again)
    breaker = WorkerBreaker(
        admission=admission,
        trials=trials,
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
        breaker=breaker,
        trials=trials,
        probe=probe,
        clock=clock,
        buffered=handoff.abandon,
    )
    consumer = Consumer(
        handoff=handoff,
        invoker=invoker,
        breaker=breaker,
        deadlines=deadlines,
        scoreboard=scoreboard,
        troubles=troubles,
        clock=clock,
    )
    fetcher = Fetcher(
        queue=queue,
        handoff=handoff,
        admission=admission,
        breaker=breaker,
        bounded=invoker if isinstance(invoker, Bounded) else None,
        locks=locks,
        heartbeat=heartbeat,
        settler=settler,
        scoreboard=scoreboard,
        window=window,
        receives=receives,
        comebacks=comebacks,
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
        breaker=breaker,
        prober=prober,
        fetcher=fetcher,
        handoff=handoff,
        deadlines=deadlines,
        consumer=consumer,
        heartbeat=heartbeat,
        releases=releases,
        acknowledger=acknowledger,
        locks=locks,
        comebacks=comebacks,
        janitor=Janitor(expire=locks.expire, interval=options.unlock_interval),
    )
