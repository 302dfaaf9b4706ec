"""The state of the tier as the page shows it: first whether it is well, then why not, then what to do."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqsd_adapters.dev.switches import SWITCHES
from sqsd_adapters.dev.tier import Tier
from sqsd_adapters.dev.torture import Torture
from sqsd_core.policy.admission import OF_LOAD, Closure, Reason
from sqsd_core.policy.scoreboard import Snapshot
from sqsd_core.ports.monitor import Monitor

Json = dict[str, Any]

#: what a person does about a reason not to receive
ADVICE: Mapping[Reason, str] = {
    Reason.BREAKER_OPEN: "Messages are safe in the queue.",
    Reason.QUEUE_UNAVAILABLE: "Turn the fault switch off to let sqsd reach SQS again.",
    Reason.PAUSED: "Press Resume to receive again.",
    Reason.STUCK_JOBS: "Restart sqsd dev, or let the jobs end.",
}


class Board:
    """The state of everything, for the stream; ``about`` is what stays the same, ``waiting`` names absent workers."""

    def __init__(
        self,
        *,
        tier: Tier,
        torture: Torture,
        monitor: Monitor | None,
        waiting: Callable[[], Sequence[str]],
        about: Json,
    ) -> None:
        self._tier, self._torture, self._monitor = tier, torture, monitor
        self._waiting = waiting
        self._about = about

    def __call__(self) -> Json:
        snapshot = None if self._monitor is None else self._monitor.snapshot()
        report = self._torture.report
        return {
            "status": status_of(snapshot, waiting=self._waiting()),
            "queues": queues_of(self._tier),
            "switches": switches_of(self._tier),
            "other_faults": self._tier.other_faults,
            "tasks": [*self._tier.tasks],
            "torture": {"running": self._torture.running, **({} if report is None else report.to_json())},
            "about": self._about,
        }


def status_of(snapshot: Snapshot | None, *, waiting: Sequence[str] = ()) -> Json:
    """The daemon in words and figures; None: there is no worker, and so no daemon."""
    if snapshot is None:
        sentence = "No worker: messages wait for a consumer of your own."
        return {"well": True, "word": "queue only", "reasons": [{"sentence": sentence, "since": None}], "figures": []}
    closures = [closure for closure in snapshot.closures if closure.reason not in OF_LOAD]
    closures = [closure for closure in closures if closure.reason is not Reason.STARTING or not waiting]
    closures.sort(key=lambda closure: closure.reason is not Reason.BREAKER_OPEN)
    return {
        "well": all(closure.healthy for closure in closures),
        "word": _word(closures),
        "reasons": [*map(_reason_of_waiting, waiting), *map(_reason, closures[len(waiting) :])],
        "figures": _figures(snapshot),
        "paused": any(closure.reason is Reason.PAUSED for closure in closures),
    }


def queues_of(tier: Tier) -> Sequence[Json]:
    """Each queue, a dead-letter queue after its source."""
    engine, now, served = tier.sqs.engine, tier.sqs.now(), set(tier.served)
    dead = tier.dead_letter_queues
    names = [name for name in engine.queue_names() if name not in dead]
    ordered = [each for name in names for each in (name, engine.dead_letter_queue(name)) if each]
    return [
        {
            "name": name,
            "served": name in served,
            "fifo": name.endswith(".fifo"),
            "dead_letters": name in dead,
            "target": engine.dead_letter_queue(name),
            "receives": engine.max_receive_count(name),
            "visible": counts.visible,
            "in_flight": counts.in_flight,
            "delayed": counts.delayed,
        }
        for name in dict.fromkeys([*ordered, *sorted(dead)])
        if name in engine
        for counts in [engine.counts(name, now=now)]
    ]


def switches_of(tier: Tier) -> Sequence[Json]:
    on = set(tier.switched_on)
    return [
        {"name": name, "label": switch.label, "effect": switch.effect, "on": name in on}
        for name, switch in SWITCHES.items()
    ]


def _word(closures: Sequence[Closure]) -> str:
    if not closures:
        return "receiving"
    return "paused" if closures[0].reason is Reason.PAUSED else "not receiving"


def _reason_of_waiting(sentence: str) -> Json:
    return {"sentence": f"{sentence} Messages wait in the queue, and run when it does.", "since": None}


def _reason(closure: Closure) -> Json:
    sentence = f"{str(closure)[:1].upper()}{str(closure)[1:]}."
    return {"sentence": f"{sentence} {ADVICE.get(closure.reason, '')}".strip(), "since": round(closure.since * 1000)}


def _figures(snapshot: Snapshot) -> Sequence[Json]:
    outcomes = snapshot.outcomes
    succeeded = outcomes.get("Succeeded", 0)
    running = sum(worker.running for worker in snapshot.workers.values())
    figures = {
        "running": f"{running} of {snapshot.slots}",
        "succeeded": f"{succeeded:,}",
        "failed": f"{outcomes.total() - succeeded:,}",
        "deleted": f"{snapshot.deleted:,}",
        "received": f"{snapshot.received:,}",
        "duplicates": f"{snapshot.duplicates:,}",
    }
    return [{"name": name, "value": value} for name, value in figures.items()]
