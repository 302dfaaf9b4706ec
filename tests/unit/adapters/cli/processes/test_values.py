"""A value comes out of the channel as it went in."""

import json
from dataclasses import replace
from math import inf

import pytest

from sqsd_adapters.cli.processes.channel import Report, line
from sqsd_adapters.cli.processes.values import decode, encode
from sqsd_core import Breaker, Closure, Figures, MessageId, Reason, ReceiptHandle, Snapshot, Task, WorkerState
from sqsd_core.policy.breaker import BreakerSettings, State
from sqsd_core.policy.history import Cause, Found
from sqsd_core.policy.life import Event, Kind, Life
from sqsd_core.policy.scoreboard import Depth, SourceState

BREAKER = Breaker(settings=BreakerSettings(failures=5, cooldown=1.0, cooldown_max=30.0), state=State.OPEN)


def carried(snapshot: Snapshot) -> Snapshot:
    _, content = json.loads(line(Report.SNAPSHOT, encode(snapshot)))
    return decode(Snapshot, content)


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


def test_what_a_history_finds_is_carried() -> None:
    failed = Event(kind=Kind.INVOKED, at=2.0, duration=0.5, outcome="Failed", reason="status 500", again=2.0)
    life = Life(message_id=MessageId("m"), queue="jobs", sent_at=1.0, size=3, events=[failed])
    cause = Cause(reason="status 500", messages=1, latest=2.5, samples=[MessageId("m")])
    found = Found(lives=[life], causes=[cause], next_page=1, instance="host-7[21]", since=0.5, remembered=1, size=9)
    _, content = json.loads(line(Report.FOUND, encode(found)))
    assert decode(Found, content) == replace(
        found,
        lives=(replace(life, events=(failed,)),),
        causes=(replace(cause, samples=(MessageId("m"),)),),
    )


@pytest.mark.parametrize("content", [None, {}, [], "text", {"tasks": 3}])
def test_what_is_no_snapshot_is_refused(content: object) -> None:
    with pytest.raises(ValueError, match="not a Snapshot"):
        decode(Snapshot, content)
