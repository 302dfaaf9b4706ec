"""Makes the sources of a daemon and joins each to the worker that it feeds; nothing here runs."""

from dataclasses import dataclass

from sqsd_core.flow.admission import Admission
from sqsd_core.flow.drain import Drain
from sqsd_core.flow.plan import QueuePlan
from sqsd_core.flow.shared import Shared
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
from sqsd_core.flow.worker.batch_handoff import BatchHandoff
from sqsd_core.flow.worker.feed import Feed
from sqsd_core.flow.worker.worker import Worker
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.comebacks import Comebacks
from sqsd_core.policy.receives import Receives
from sqsd_core.policy.settlement import RetryPolicy
from sqsd_core.ports.invoker import Batched, Invoker


def make_source(
    plan: QueuePlan, worker: Worker, shared: Shared, *, instance: str, lineup: Lineup | None = None
) -> Source:
    """Make a source that feeds the worker; ``instance`` distinguishes its locks from those of every other source.

    ``lineup`` has the queues that start with the daemon; None for a queue that joins it later.
    """
    options = plan.options
    one = _common(plan, worker, shared)
    locks = _locks(one, instance)
    keeping = _keeping(one, locks)
    home = keeping.home
    outage = Outage(admission=one.admission, troubles=one.troubles, clock=shared.clock, starts=lineup is not None)
    start_check = StartCheck(queue=one.queue, shown=one.shown, admission=one.admission, learn=home.learn)
    pause = Pause(
        admission=one.admission,
        drain=one.drain,
        handoff=worker.handoff,
        breaker=worker.breaker,
        feed=one.feed,
        home=home,
        queue=one.shown,
    )
    last_tries = LastTries()
    return Source(
        name=plan.name,
        queue=one.queue,
        worker=worker,
        receivers=options.receivers,
        locker=plan.locker,
        drain=one.drain,
        admission=one.admission,
        troubles=one.troubles,
        feed=one.feed,
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
            random=shared.random,
        ),
        fetcher=_fetcher(one, locks, keeping, outage=outage, pause=pause, last_tries=last_tries),
        last_tries=last_tries,
        locks=locks,
        heartbeat=keeping.heartbeat,
        releases=keeping.releases,
        acknowledger=keeping.acknowledger,
        start_check=start_check,
        janitor=Janitor(expire=locks.expire, interval=options.unlock_interval, about=about(queue=plan.name)),
        services=plan.services,
        drain_log=DrainLog(feed=one.feed, acknowledger=keeping.acknowledger, wait_time=options.wait_time),
        patience=options.wait_time + options.interval,
        time_left=shared.time_left,
        finish_time=shared.finish_time,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    """What the parts of one source share."""

    plan: QueuePlan
    worker: Worker
    shared: Shared
    queue: TimedQueue
    #: what operators call the queue
    shown: str
    drain: Drain
    admission: Admission
    troubles: Troubles
    comebacks: Comebacks
    feed: Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keeping:
    """What keeps messages until they are settled."""

    acknowledger: Acknowledger
    heartbeat: Heartbeat
    releases: Releases
    home: Settler


def _common(plan: QueuePlan, worker: Worker, shared: Shared) -> _Common:
    options, clock = plan.options, shared.clock
    admission = Admission(clock=clock, where=plan.name, above=[worker.admission], told=shared.watchers)
    admission.close(Reason.STARTING)
    return _Common(
        plan=plan,
        worker=worker,
        shared=shared,
        queue=TimedQueue(queue=plan.queue, label=plan.name, watchers=shared.watchers, clock=clock),
        shown=plan.name or plan.queue.name,
        drain=Drain(),
        admission=admission,
        troubles=Troubles(clock=clock, about=about(queue=plan.name)),
        comebacks=Comebacks(shortest=options.error_visibility_timeout, longest=options.error_visibility_timeout_max),
        feed=Feed(
            name=plan.name,
            weight=plan.weight,
            max_messages=options.max_messages,
            receives=Receives(receivers=options.receivers),
        ),
    )


def _locks(one: _Common, instance: str) -> Locks:
    options = one.plan.options
    return Locks(
        store=one.plan.lock_store,
        admission=one.admission,
        troubles=one.troubles,
        random=one.shared.random,
        instance=instance,
        visibility=options.visibility_timeout,
        expire=options.lock_expire,
        required=options.locker_required,
    )


def _keeping(one: _Common, locks: Locks) -> _Keeping:
    plan, shared, options = one.plan, one.shared, one.plan.options
    acknowledger = Acknowledger(
        queue=one.queue,
        name=plan.name,
        admission=one.admission,
        troubles=one.troubles,
        watchers=_told_of_deletions(plan, shared),
        successes=Successes(name=plan.name, watchers=shared.watchers),
        clock=shared.clock,
        random=shared.random,
    )
    heartbeat = Heartbeat(
        queue=one.queue,
        locks=locks,
        troubles=one.troubles,
        clock=shared.clock,
        visibility=options.visibility_timeout,
    )
    releases = Releases(
        acknowledger=acknowledger, heartbeat=heartbeat, locks=locks, comebacks=one.comebacks, clock=shared.clock
    )
    home = Settler(
        acknowledger=acknowledger,
        heartbeat=heartbeat,
        locks=locks,
        releases=releases,
        redrive=Redrive(queue=one.queue, clock=shared.clock),
        clock=shared.clock,
        random=shared.random,
        retry=RetryPolicy(base=options.error_visibility_timeout, maximum=options.error_visibility_timeout_max),
        comebacks=one.comebacks,
        feed=one.feed,
        invoker=_invoker(plan, one.worker),
        watchers=shared.watchers,
    )
    return _Keeping(acknowledger=acknowledger, heartbeat=heartbeat, releases=releases, home=home)


def _fetcher(
    one: _Common, locks: Locks, keeping: _Keeping, *, outage: Outage, pause: Pause, last_tries: LastTries
) -> Fetcher:
    plan, worker, shared = one.plan, one.worker, one.shared
    intake = Intake(
        home=keeping.home,
        locks=locks,
        heartbeat=keeping.heartbeat,
        comebacks=one.comebacks,
        troubles=one.troubles,
        watchers=shared.watchers,
        clock=shared.clock,
        visibility=plan.options.visibility_timeout,
    )
    return Fetcher(
        queue=one.queue,
        shown=one.shown,
        handoff=worker.handoff,
        feed=one.feed,
        window=worker.window,
        admission=one.admission,
        breaker=worker.breaker,
        stuck=worker.stuck,
        intake=intake,
        last_tries=last_tries,
        watchers=shared.watchers,
        comebacks=one.comebacks,
        outage=outage,
        obstacle=Obstacle(ask=plan.obstacle, admission=one.admission, troubles=one.troubles),
        pause=pause,
        drain=one.drain,
        clock=shared.clock,
        random=shared.random,
        options=plan.options,
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
