"""Makes a worker of its plan; nothing here runs."""

from typing import Any

from sqsd_core.deadlines import Deadlines
from sqsd_core.flow.admission import Admission
from sqsd_core.flow.plan import WorkerPlan
from sqsd_core.flow.shared import Shared
from sqsd_core.flow.troubles import Troubles, about
from sqsd_core.flow.worker.batch_consumer import BatchConsumer
from sqsd_core.flow.worker.batch_handoff import BatchHandoff
from sqsd_core.flow.worker.consumer import Consumer
from sqsd_core.flow.worker.handoff import Handoff
from sqsd_core.flow.worker.health import Health
from sqsd_core.flow.worker.invocations import Invocations
from sqsd_core.flow.worker.pace import make_breaker, make_handoff
from sqsd_core.flow.worker.prober import Prober
from sqsd_core.flow.worker.stuck import StuckJobs
from sqsd_core.flow.worker.trials import Trials
from sqsd_core.flow.worker.turns import Turns
from sqsd_core.flow.worker.worker import Worker
from sqsd_core.policy.breaker import BreakerSettings
from sqsd_core.policy.rate import Bucket
from sqsd_core.policy.window import Window


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
