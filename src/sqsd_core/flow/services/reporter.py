"""A summary line every so often, busy or idle, so that the log always says how the work goes and why none comes."""

import asyncio
import logging
from collections.abc import Callable

from sqsd_core.policy.admission import Closure
from sqsd_core.policy.breaker import State
from sqsd_core.policy.scoreboard import Snapshot
from sqsd_core.ports.monitor import Monitor

INTERVAL = 60.0  # seconds between two summaries while there is work
IDLE = 300.0  # seconds between two summaries while there is none
FIRST = 5.0  # seconds between two looks until the first job has ended, which is worth a summary of its own

logger = logging.getLogger(__name__)


class Reporter:
    """Reads the scoreboard as any monitor does; ``flush`` says what troubles withheld."""

    def __init__(self, *, monitor: Monitor, flush: Callable[[], None]) -> None:
        self._monitor = monitor
        self._flush = flush

    async def run(self) -> None:
        """Report until cancelled."""
        before, silent = self._monitor.snapshot(), 0.0
        while True:
            pause = INTERVAL if before.outcomes else FIRST
            await asyncio.sleep(pause)
            self._flush()
            silent += pause
            now = self._monitor.snapshot()
            if _is_due(now, before, silent):
                logger.info("summary", extra=_fields(now, before))
                before, silent = now, 0.0


def _is_due(now: Snapshot, before: Snapshot, silent: float) -> bool:
    if now.outcomes and not before.outcomes:
        return True
    return silent >= IDLE or (silent >= INTERVAL and _progress(now) != _progress(before))


def _progress(snapshot: Snapshot) -> tuple[object, ...]:
    """What changes only when messages come or go."""
    return snapshot.received, snapshot.outcomes, snapshot.deleted, snapshot.undeleted


def _fields(now: Snapshot, before: Snapshot) -> dict[str, object]:
    fields: dict[str, object] = {
        "received": now.received,
        **{name.lower(): count for name, count in sorted(now.outcomes.items())},
        "deleted": now.deleted,
        "duplicates": now.duplicates,
        "receives": now.receives,
        "empty_receives": now.empty_receives,
        "in_flight": len(now.tasks),
        "buffered": now.buffered,
        "breaker": _breaker(now),
    }
    if now.closures:
        fields["closed"] = ", ".join(_place(closure) + closure.reason.value for closure in now.closures)
    if why := _why_nothing_received(now, before):
        fields["nothing_received"] = why
    return fields


def _breaker(now: Snapshot) -> str:
    """The state of the only breaker; of several, those that are not closed, each with its worker."""
    states = {name: worker.breaker.state for name, worker in now.workers.items()}
    away = [f"{name}: {state.value}" for name, state in states.items() if name and state is not State.CLOSED]
    return ", ".join(away) or now.breaker.state.value


def _place(closure: Closure) -> str:
    return f"{closure.where}: " if closure.where else ""


def _why_nothing_received(now: Snapshot, before: Snapshot) -> str:
    """In words; empty where messages came or went."""
    if _progress(now) != _progress(before):
        return ""
    if now.closures:
        return "; ".join(str(closure) for closure in now.closures)
    return "queue empty" if now.empty_receives != before.empty_receives else "no receive was answered"
