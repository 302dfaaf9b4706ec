"""Whether a daemon receives, and every reason why not, in words; pure."""

from collections.abc import Sequence
from enum import Enum

from sqsd_adapters.cli.status.figures import age
from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_adapters.monitor.plain import seconds
from sqsd_adapters.printable import printable
from sqsd_core.policy.admission import OF_LOAD, OF_WORKER, Reason


class Level(Enum):
    """How bad it is: a mark, and the colour beside the words."""

    WELL = ("●", "green")
    WARNS = ("▲", "yellow")
    STOPS = ("✖", "red")

    @property
    def mark(self) -> str:
        return self.value[0]

    @property
    def style(self) -> str:
        return self.value[1]


#: what holds whatever the cause is, and what to do about it
_ADVICE = {
    Reason.DRAINING.value: "The daemon ends after its running jobs",
    Reason.PAUSED.value: "→ sqsd resume",
    Reason.WORKER_UNHEALTHY.value: "Messages are safe in the queue → sqsd check",
    Reason.BREAKER_OPEN.value: "Messages are safe in the queue",
    Reason.QUEUE_UNAVAILABLE.value: "→ sqsd check",
    Reason.DELETES_REFUSED.value: "→ sqsd check",
    Reason.LOCK_STORE_UNAVAILABLE.value: "Messages are safe in the queue → sqsd check",
    Reason.TOO_MANY_UNCONFIRMED.value: "Receiving goes on when SQS confirms deletions",
    Reason.STUCK_JOBS.value: "→ sqsd tasks",
    Reason.BODIES_UNAVAILABLE.value: "Messages are safe in the queue → sqsd check",
}

_UNTIL = {
    Reason.BREAKER_OPEN.value: "Next probe",
    Reason.PAUSED.value: "It ends",
    Reason.RATE_LIMITED.value: "Next start",
}
_OF_LOAD = {reason.value for reason in OF_LOAD}
WORTH = 1.0  # seconds until the next start from which on the rate limit is worth a sentence


def standing(status: sqsd_pb2.Status) -> tuple[Level, str]:
    """How it is in a word or two."""
    if status.draining:
        return Level.WARNS, "draining"
    closed = [queue for queue in status.queues if _closing(queue, status)]
    if not closed:
        return (Level.WELL, "receiving") if status.ready else (Level.WARNS, "not ready")
    if len(closed) < len(status.queues):
        return Level.WARNS, f"receiving from {len(status.queues) - len(closed)} of {len(status.queues)} queues"
    if all(reason.healthy for queue in closed for reason in _closing(queue, status)):
        return Level.WARNS, "paused"
    return Level.STOPS, "not receiving"


def sentences(status: sqsd_pb2.Status) -> Sequence[tuple[Level, str]]:
    """One sentence or two per reason that stops receiving: what, since when, what follows, what to do."""
    now = seconds(status.at)
    stopping = [reason for reason in status.reasons if reason.reason not in _OF_LOAD or _is_long(reason, now)]
    return [(Level.WARNS if reason.healthy else Level.STOPS, sentence(reason, now)) for reason in stopping]


def sentence(reason: sqsd_pb2.Reason, now: float) -> str:
    """``web: the worker is unavailable for 2 min: connection refused. Next probe in 12 s. …``."""
    begin = f"{printable(reason.text)} for {age(now - seconds(reason.since))}"
    why = "" if reason.reason == Reason.PAUSED.value else printable(reason.why)
    parts = [f"{begin}: {why}" if why else begin]
    if reason.HasField("until"):
        parts.append(_until(reason, seconds(reason.until) - now))
    if advice := _ADVICE.get(reason.reason):
        parts.append(advice)
    return _joined(parts)


def _is_long(reason: sqsd_pb2.Reason, now: float) -> bool:
    """Whether a limit of the rate lasts so long that people ask why nothing starts."""
    return reason.reason == Reason.RATE_LIMITED.value and seconds(reason.until) - now >= WORTH


def _until(reason: sqsd_pb2.Reason, left: float) -> str:
    begin = _UNTIL.get(reason.reason, "Next try")
    return f"{begin} in {age(left)}" if left > 0 else f"{begin} now"


def _joined(parts: Sequence[str]) -> str:
    text = parts[0].rstrip(".")
    for part in parts[1:]:
        text += f"  {part}" if part.startswith("→") else f". {part}"
    return text if "→" in parts[-1] else f"{text}."


def _closing(queue: sqsd_pb2.Queue, status: sqsd_pb2.Status) -> Sequence[sqsd_pb2.Reason]:
    """The reasons that keep this queue from being received from; those that come with each message do not count."""
    of_worker = {reason.value for reason in OF_WORKER}
    return [
        reason
        for reason in status.reasons
        if reason.reason not in _OF_LOAD
        and reason.where in {"", queue.worker if reason.reason in of_worker else queue.name}
    ]
