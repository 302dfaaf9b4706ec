"""What is shown of daemons: how each one answered, and the rows of all of them together; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_adapters.monitor.plain import seconds

MINUTE = 60.0  # seconds

#: tells a row apart from all others
Key: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One daemon: its latest status, and since when there is none newer."""

    address: str
    #: its number, where several daemons are shown; empty otherwise
    mark: str = ""
    #: None where it has not answered yet
    status: sqsd_pb2.Status | None = None
    #: why it does not answer; empty while it does
    silent: str = ""
    #: why it is asked again and again, where it could tell by itself
    polled: str = ""
    #: how long it has not answered, in seconds
    silent_for: float = 0.0

    @property
    def now(self) -> float:
        """Unix time of the status, on the daemon's clock."""
        return 0.0 if self.status is None else seconds(self.status.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One queue of one daemon."""

    view: View
    queue: sqsd_pb2.Queue

    @property
    def key(self) -> Key:
        return ("queue", self.view.address, self.queue.name)

    @property
    def depth_age(self) -> float:
        """Seconds since SQS said how many messages there are."""
        return max(0.0, self.view.now - seconds(self.queue.depth.at)) + self.view.silent_for


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseRow:
    """One cause of failures of one queue of one daemon."""

    view: View
    queue: sqsd_pb2.Queue
    cause: sqsd_pb2.Cause

    @property
    def key(self) -> Key:
        return ("cause", self.view.address, self.queue.name, self.cause.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """One delivery in flight."""

    view: View
    task: sqsd_pb2.Task

    @property
    def key(self) -> Key:
        started = f"{seconds(self.task.started_at)}"
        return ("task", self.view.address, self.task.id, started)

    @property
    def age(self) -> float:
        return max(0.0, self.view.now - seconds(self.task.started_at))

    @property
    def queue(self) -> sqsd_pb2.Queue | None:
        queues = () if self.view.status is None else self.view.status.queues
        return next((queue for queue in queues if queue.name == self.task.queue), None)

    @property
    def limit(self) -> float:
        """Seconds that it may run; 0 where there is no limit."""
        return seconds(self.task.time_limit)


Row: TypeAlias = QueueRow | CauseRow | TaskRow


def queue_rows(views: Sequence[View], wanted: str = "") -> Sequence[QueueRow]:
    """The queues in the order of their daemons; ``wanted`` is a part of what a row says."""
    rows = [QueueRow(view=view, queue=queue) for view in views if view.status for queue in view.status.queues]
    return [row for row in rows if _says(wanted, row.queue.name, row.queue.sqs_name, row.view.address)]


def cause_rows(views: Sequence[View], wanted: str = "") -> Sequence[CauseRow]:
    """The causes, the most frequent of the last five minutes first."""
    rows = [
        CauseRow(view=view, queue=queue, cause=cause)
        for view in views
        if view.status
        for queue in view.status.queues
        for cause in queue.causes
    ]
    rows.sort(key=lambda row: (row.cause.recent, row.cause.count), reverse=True)
    return [row for row in rows if _says(wanted, row.cause.reason, row.queue.name, row.view.address)]


def task_rows(views: Sequence[View], wanted: str = "", order: str = "age") -> Sequence[TaskRow]:
    """The tasks: by ``age``, ``queue`` or ``receive``."""
    rows = [TaskRow(view=view, task=task) for view in views if view.status for task in view.status.tasks]
    rows.sort(key=lambda row: row.age, reverse=True)
    match order:
        case "queue":
            rows.sort(key=lambda row: row.task.queue)
        case "receive":
            rows.sort(key=lambda row: row.task.receive_count, reverse=True)
        case _:
            pass
    return [row for row in rows if _says(wanted, row.task.id, row.task.queue, row.view.address)]


def running(views: Sequence[View]) -> int:
    """How many tasks are in flight, those included that are not shown."""
    return sum(view.status.tasks_in_flight for view in views if view.status)


def per_second(recent: sqsd_pb2.Recent) -> float:
    """The rate of the last minute, or of the time since the daemon began if that is less."""
    step = seconds(recent.step)
    points = list(recent.points)[-max(1, round(MINUTE / step)) :] if step > 0 else []
    if points:
        return float(sum(point.ended for point in points)) / (step * len(points))
    window = seconds(recent.window)
    return float(recent.ended) / window if window > 1 else 0.0


def _says(wanted: str, *texts: str) -> bool:
    return not wanted or any(wanted.lower() in text.lower() for text in texts)
