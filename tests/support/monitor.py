"""What the tests of a monitor watch in the daemon's place, and how they ask about it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqsd_adapters.monitor.client import MonitorClient
from sqsd_adapters.monitor.tls import ClientTls
from sqsd_core.message import MessageId, ReceiptHandle
from sqsd_core.policy.admission import Closure, Reason, is_ready
from sqsd_core.policy.breaker import Breaker, BreakerSettings
from sqsd_core.policy.figures import Figures
from sqsd_core.policy.scoreboard import Depth, Snapshot, SourceState, Task, WorkerState
from sqsd_core.policy.status import Status

CLOSED = Breaker(settings=BreakerSettings(failures=5, cooldown=1.0, cooldown_max=30.0))
IDLE = Snapshot(
    tasks=(),
    queues={"jobs": Figures()},
    workers={"": WorkerState(slots=1, running=0, buffered=0, breaker=CLOSED)},
    sources={"jobs": SourceState(queue="jobs", worker="")},
    draining=False,
    ready=True,
)


class WatchedDaemon:
    """A Monitor whose state the test sets, and which counts how often it is looked at."""

    def __init__(self, *tasks: Task) -> None:
        self.state = replace(IDLE, tasks=tasks)
        self.looks = 0
        #: what it was told to do: the method, the queue, the seconds
        self.asked: list[tuple[str, str | None, float | None]] = []

    def snapshot(self) -> Snapshot:
        self.looks += 1
        return self.state

    def status(self) -> Status:
        return Status(snapshot=self.state, instance="test", started_at=0.0, at=100.0, monotonic=100.0)

    def depths(self) -> Mapping[str, Depth]:
        return {}

    def pause(self, *, queue: str | None = None, seconds: float | None = None) -> None:
        self.asked.append(("pause", queue, seconds))

    def resume(self, *, queue: str | None = None) -> None:
        self.asked.append(("resume", queue, None))

    def drain(self) -> None:
        self.close(Reason.DRAINING)
        self.state = replace(self.state, draining=True)

    def close(self, *reasons: Reason, why: str = "") -> None:
        """Hold exactly these reasons not to receive."""
        closures = tuple(Closure(reason=reason, since=0.0, why=why) for reason in reasons)
        self.state = replace(self.state, closures=closures, ready=is_ready(closures))


def task(message_id: str = "m-1", *, receipt: str = "r-1", started_at: float = 1_700_000_000.25) -> Task:
    return Task(message_id=MessageId(message_id), receipt=ReceiptHandle(receipt), started_at=started_at, queue="jobs")


async def workings(
    port: int, *, host: str = "127.0.0.1", tls: ClientTls | None = None, token: str | None = None
) -> Sequence[Task]:
    """What our own client is told on a connection of its own."""
    async with MonitorClient(address=f"{host}:{port}", tls=tls, token=token) as client:
        return await client.current_workings()
