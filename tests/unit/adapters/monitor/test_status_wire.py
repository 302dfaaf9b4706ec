"""The status of a worker on the wire."""

from dataclasses import replace
from typing import Any

from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_adapters.monitor.status_wire import encoded
from sqsd_core import Closure, Reason, Status
from sqsd_core.policy.figures import Figures
from sqsd_core.policy.scoreboard import Depth, SourceState
from tests.support.monitor import IDLE


def status_of(*closures: Closure, **worker: Any) -> sqsd_pb2.Status:
    snapshot = replace(IDLE, workers={"": replace(IDLE.workers[""], **worker)}, closures=closures)
    status = Status(snapshot=snapshot, instance="test", started_at=1_000.0, at=2_000.0, monotonic=50.0)
    return encoded(status, tasks=0)


def test_a_worker_tells_its_rate_and_its_usable_slots() -> None:
    (plain,) = status_of(slots=64).workers
    (paced,) = status_of(slots=64, in_use=10, rate="50/s").workers

    assert (plain.slots, plain.HasField("usable"), plain.rate) == (64, False, "")
    assert (paced.slots, paced.usable, paced.rate) == (64, 10, "50/s")


def test_a_depth_tells_its_age() -> None:
    depth = Depth(visible=7, in_flight=2, delayed=1, at=1_880.0)
    state = SourceState(queue="jobs", worker="", depth=depth)
    snapshot = replace(IDLE, queues={"": Figures()}, sources={"": state})
    status = Status(
        snapshot=snapshot, instance="test", started_at=1_000.0, at=2_000.0, monotonic=50.0, depths={"": depth}
    )
    (queue,) = encoded(status, tasks=0).queues
    assert (queue.depth.at.seconds, queue.depth.age.seconds) == (1_880, 120)


def test_the_rate_limit_is_a_reason_that_says_when_it_ends() -> None:
    closure = Closure(reason=Reason.RATE_LIMITED, since=1_990.0, why="1/m", until=2_050.0)
    (reason,) = status_of(closure).reasons

    assert (reason.reason, reason.healthy, reason.why) == ("rate_limited", True, "1/m")
    assert reason.until.seconds == 2_050
