"""A snapshot comes out of the channel as it went in."""

import json
from math import inf

import pytest

from sqsd_adapters.cli.processes.channel import Report, line
from sqsd_adapters.cli.processes.snapshots import decode, encode
from sqsd_core import Breaker, Closure, Figures, MessageId, Reason, ReceiptHandle, Snapshot, Task, WorkerState
from sqsd_core.policy.breaker import BreakerSettings, State
from sqsd_core.policy.scoreboard import Depth, SourceState

BREAKER = Breaker(settings=BreakerSettings(failures=5, cooldown=1.0, cooldown_max=30.0), state=State.OPEN)


def carried(snapshot: Snapshot) -> Snapshot:
    _, content = json.loads(line(Report.SNAPSHOT, encode(snapshot)))
    return decode(content)


def full() -> Snapshot:
    figures = Figures(received=3, deleted=2)
    figures.outcomes["Succeeded"] += 2
    figures.waits.observe(0.2)
    figures.durations["Succeeded"].observe(0.3)
    return Snapshot.total(
        [figures],
        tasks=(Task(message_id=MessageId("\ud800🙂"), receipt=ReceiptHandle("r"), started_at=1.5, queue="jobs"),),
        queues={"jobs": figures},
        workers={"web": WorkerState(slots=4, running=1, buffered=0, breaker=BREAKER, time_limit=inf)},
        sources={
            "jobs": SourceState(queue="jobs", worker="web", depth=Depth(visible=1, in_flight=2, delayed=3, at=4.0))
        },
        draining=False,
        ready=True,
        closures=(Closure(reason=Reason.BREAKER_OPEN, since=1.0, where="web"),),
        processes=(),
    )


def test_every_field_is_carried() -> None:
    assert carried(full()) == full()


@pytest.mark.parametrize("content", [None, {}, [], "text", {"tasks": 3}])
def test_what_is_no_snapshot_is_refused(content: object) -> None:
    with pytest.raises(ValueError, match="not a snapshot"):
        decode(content)
