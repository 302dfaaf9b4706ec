"""Makes the workers and the sources of a daemon and joins them; nothing here runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqsd_core.deadlines import Deadlines
from sqsd_core.flow.admission import Admission
from sqsd_core.flow.drain import Drain
from sqsd_core.flow.plan import QueuePlan, WorkerPlan
from sqsd_core.flow.source.acknowledger import Acknowledger
from sqsd_core.flow.source.beginning import Beginning
from sqsd_core.flow.source.drain_log import DrainLog
from sqsd_core.flow.source.fetcher import Fetcher
from sqsd_core.flow.source.heartbeat import Heartbeat
from sqsd_core.flow.source.intake import Intake
from sqsd_core.flow.source.janitor import Janitor
from sqsd_core.flow.source.last_tries import LastTries
from sqsd_core.flow.source.lineup import Lineup
from sqsd_core.flow.source.locks import Locks
from sqsd_core.flow.source.obstacle import Obstacle
from sqsd_core.flow.source.outage import Outage
from sqsd_core.flow.source.pause import Pause
from sqsd_core.flow.source.redrive import Redrive
from sqsd_core.flow.source.releases import Releases
from sqsd_core.flow.source.settler import Settler
from sqsd_core.flow.source.source import Source
from sqsd_core.flow.source.start_check import StartCheck
from sqsd_core.flow.source.successes import Successes
from sqsd_core.flow.source.timed_queue import TimedQueue
from sqsd_core.flow.troubles import Troubles, about
from sqsd_core.flow.watchers import Relay, Watchers
from sqsd_core.flow.worker.batch_consumer import BatchConsumer
from sqsd_core.flow.worker.batch_handoff import BatchHandoff
from sqsd_core.flow.worker.consumer import Consumer
from sqsd_core.flow.worker.feed import Feed
from sqsd_core.flow.worker.handoff import Handoff
from sqsd_core.flow.worker.health import Health
from sqsd_core.flow.worker.invocations import Invocations
from sqsd_core.flow.worker.pace import make_breaker, make_handoff
from sqsd_core.flow.worker.prober import Prober
from sqsd_core.flow.worker.stuck import StuckJobs
from sqsd_core.flow.worker.trials import Trials
from sqsd_core.flow.worker.turns import Turns
from sqsd_core.flow.worker.worker import Worker
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.breaker import BreakerSettings
from sqsd_core.policy.comebacks import Comebacks
from sqsd_core.policy.rate import Bucket
from sqsd_core.policy.receives import Receives
from sqsd_core.policy.settlement import RetryPolicy
from sqsd_core.policy.window import Window
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.invoker import Batched, Invoker


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all parts of a daemon share."""

    admission: Admission
    watchers: Watchers
    clock: Clock
    random: Callable[[], float]
    #: seconds that jobs and polls still get, once the daemon drains
    time_left: Callable[[], float]
    #: seconds that the last acknowledgements get
    finish_time: Callable[[], float]


def make_worker(plan: WorkerPlan, shared: Shared) -> Worker:
    """Make a worker that nothing feeds yet."""
    options, clock = plan.options, shared.clock
    admission = Admission(clock=clock, where=plan.name, above=[shared.admission], told=shared.watchers)
    named = about(worker=plan.name)
    troubles = Troubles(clock=clock, about=named)
    window = Window(slots=options.slots * options.batch_size)
    bucket = None if options.rate is None else Bucket(options.rate)
    handoff = make_handoff(
        options, bucket, window=window, turns=Turns(share=plan.share), clock=clock, slots=options.slots
    )
    trials = Trials(start=handoff.again)
    breaker = make_breaker(
        options,
        handoff,
        admission=admission,
        trials=trials,
        troubles=troubles,
        settings=BreakerSettings(
            failures=options.breaker_failures,
            cooldown=options.breaker_cooldown,
            cooldown_max=options.breaker_cooldown_max,
        ),
        clock=clock,
        random=shared.random,
        startable=handoff.abandon_startable,
    )
    deadlines = Deadlines(limit=options.invoker_timeout)
    return Worker(
        name=plan.name,
        slots=options.slots,
        time_limit=options.invoker_timeout,
        invoker=plan.invoker,
        admission=admission,
        troubles=troubles,
        window=window,
        handoff=handoff,
        breaker=breaker,
        health=Health(
            probe=plan.probe if plan.healthy_first else None,
            admission=admission,
            troubles=troubles,
            cooldown=options.breaker_cooldown,
            longest=options.breaker_cooldown_max,
        ),
        prober=Prober(breaker=breaker, trials=trials, probe=plan.probe, clock=clock, buffered=handoff.abandon),
        stuck=StuckJobs(invoker=plan.invoker, admission=admission, troubles=troubles),
        consumer=_consumer(
            handoff,
            breaker=breaker,
            invocations=Invocations(deadlines=deadlines, about=named),
            watchers=shared.watchers,
            troubles=troubles,
            clock=clock,
        ),
        deadlines=deadlines,
        clock=clock,
        bucket=bucket,
        adaptive=options.adaptive,
    )


def _consumer(handoff: Handoff, **parts: Any) -> Consumer | BatchConsumer:  # noqa: ANN401 - both take the same
    if isinstance(handoff, BatchHandoff):
        return BatchConsumer(handoff=handoff, **parts)
    return Consumer(handoff=handoff, **parts)


def make_source(
    plan: QueuePlan, worker: Worker, shared: Shared, *, instance: str, lineup: Lineup | None = None
) -> Source:
    """Make a source that feeds the worker; ``instance`` distinguishes its locks from those of every other source.

    ``lineup`` has the queues that start with the daemon; None for a queue that joins it later.
    """
    options, clock, random = plan.options, shared.clock, shared.random
    queue = TimedQueue(queue=plan.queue, label=plan.name, watchers=shared.watchers, clock=clock)
    shown = plan.name or plan.queue.name
    drain = Drain()
    admission = Admission(clock=clock, where=plan.name, above=[worker.admission], told=shared.watchers)
    admission.close(Reason.STARTING)
    named = about(queue=plan.name)
    troubles = Troubles(clock=clock, about=named)
    comebacks = Comebacks(shortest=options.error_visibility_timeout, longest=options.error_visibility_timeout_max)
    feed = Feed(
        name=plan.name,
        weight=plan.weight,
        max_messages=options.max_messages,
        receives=Receives(receivers=options.receivers),
    )
    acknowledger = Acknowledger(
        queue=queue,
        name=plan.name,
        admission=admission,
        troubles=troubles,
        watchers=_told_of_deletions(plan, shared),
        successes=Successes(name=plan.name, watchers=shared.watchers),
        clock=clock,
        random=random,
    )
    locks = Locks(
        store=plan.lock_store,
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
    redrive = Redrive(queue=queue, clock=clock)
    releases = Releases(acknowledger=acknowledger, heartbeat=heartbeat, locks=locks, comebacks=comebacks, clock=clock)
    home = Settler(
        acknowledger=acknowledger,
        heartbeat=heartbeat,
        locks=locks,
        releases=releases,
        redrive=redrive,
        clock=clock,
        random=random,
        retry=RetryPolicy(base=options.error_visibility_timeout, maximum=options.error_visibility_timeout_max),
        comebacks=comebacks,
        feed=feed,
        invoker=_invoker(plan, worker),
        watchers=shared.watchers,
    )
    intake = Intake(
        home=home,
        locks=locks,
        heartbeat=heartbeat,
        comebacks=comebacks,
        troubles=troubles,
        watchers=shared.watchers,
        clock=clock,
        visibility=options.visibility_timeout,
    )
    pause = Pause(
        admission=admission,
        drain=drain,
        handoff=worker.handoff,
        breaker=worker.breaker,
        feed=feed,
        home=home,
        queue=shown,
    )
    last_tries = LastTries()
    outage = Outage(admission=admission, troubles=troubles, clock=clock, starts=lineup is not None)
    start_check = StartCheck(queue=queue, shown=shown, admission=admission, learn=home.learn)
    fetcher = Fetcher(
        queue=queue,
        shown=shown,
        handoff=worker.handoff,
        feed=feed,
        window=worker.window,
        admission=admission,
        breaker=worker.breaker,
        stuck=worker.stuck,
        intake=intake,
        last_tries=last_tries,
        watchers=shared.watchers,
        comebacks=comebacks,
        outage=outage,
        obstacle=Obstacle(ask=plan.obstacle, admission=admission, troubles=troubles),
        pause=pause,
        drain=drain,
        clock=clock,
        random=random,
        options=options,
    )
    return Source(
        name=plan.name,
        queue=queue,
        worker=worker,
        receivers=options.receivers,
        locker=plan.locker,
        drain=drain,
        admission=admission,
        troubles=troubles,
        feed=feed,
        home=home,
        pause=pause,
        beginning=Beginning(
            name=plan.name,
            demand=plan.demand,
            health=worker.health,
            start_check=start_check,
            locks=locks,
            outage=outage,
            lineup=lineup or Lineup([plan.name]),
            random=random,
        ),
        fetcher=fetcher,
        last_tries=last_tries,
        locks=locks,
        heartbeat=heartbeat,
        releases=releases,
        acknowledger=acknowledger,
        start_check=start_check,
        janitor=Janitor(expire=locks.expire, interval=options.unlock_interval, about=named),
        services=plan.services,
        drain_log=DrainLog(feed=feed, acknowledger=acknowledger, wait_time=options.wait_time),
        patience=options.wait_time + options.interval,
        time_left=shared.time_left,
        finish_time=shared.finish_time,
    )


def _told_of_deletions(plan: QueuePlan, shared: Shared) -> Watchers:
    return shared.watchers if plan.cleaner is None else Watchers([Relay(shared.watchers), plan.cleaner])


def _invoker(plan: QueuePlan, worker: Worker) -> Invoker:
    invoker = plan.invoker or worker.invoker
    if invoker is None:
        raise ValueError(f"nothing runs the messages of queue {plan.name!r}")
    if isinstance(worker.handoff, BatchHandoff) and not isinstance(invoker, Batched):
        raise TypeError(f"the invoker of queue {plan.name!r} takes no batches: it has no invoke_batch")
    return invoker
