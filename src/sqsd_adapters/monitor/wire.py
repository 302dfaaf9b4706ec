"""Pure translation between the scoreboard and the messages of proto/sqsd.proto."""

from collections.abc import Sequence
from math import inf, isfinite

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_core.message import MessageId, ReceiptHandle
from sqsd_core.policy.scoreboard import Snapshot, Task

MICROSECONDS = 1_000_000  # a double holds today's Unix time to a quarter of one
MAX_TASKS = 20_000  # of one answer; a daemon has some thousand slots at most
MAX_ID = 256  # characters; SQS's MessageId has 36
MAX_RECEIPT = 4_096  # characters; SQS allows 1,024
LAST_YEAR = 253_402_300_799  # Unix time, the end of the year 9999


def workings(snapshot: Snapshot, *, receipts: bool) -> sqsd_pb2.CurrentWorkingsResponse:
    """The tasks in flight, in the order of the snapshot: by start."""
    return sqsd_pb2.CurrentWorkingsResponse(
        tasks=[encoded_task(task, snapshot.shown(task.queue), receipts=receipts) for task in snapshot.tasks]
    )


def tasks(response: sqsd_pb2.CurrentWorkingsResponse) -> Sequence[Task]:
    """What ``workings`` said; a receipt that was left out is empty.

    Raises:
        ValueError: no monitor of sqsd says this.

    """
    if len(response.tasks) > MAX_TASKS:
        raise ValueError(f"more than {MAX_TASKS} tasks")
    return [_decoded(task) for task in response.tasks]


def encoded_task(task: Task, queue: str, *, receipts: bool = False) -> sqsd_pb2.Task:
    """The task of the queue that operators know by this name."""
    return sqsd_pb2.Task(
        id=task.message_id,
        receipt=task.receipt if receipts else "",
        started_at=timestamp(task.started_at),
        queue=queue,
        sent_at=timestamp(task.sent_at),
        receive_count=task.receive_count,
        time_limit=duration(task.time_limit),
    )


def duration(length: float) -> Duration | None:
    """A length in seconds. Without an end, it stays unset."""
    if not isfinite(length):
        return None
    encoded = Duration()
    encoded.FromMicroseconds(round(length * MICROSECONDS))
    return encoded


def timestamp(at: float | None) -> Timestamp | None:
    """Unix time in seconds; None stays unset."""
    if at is None:
        return None
    encoded = Timestamp()
    encoded.FromMicroseconds(round(at * MICROSECONDS))
    return encoded


def _decoded(task: sqsd_pb2.Task) -> Task:
    if len(task.id) > MAX_ID or len(task.receipt) > MAX_RECEIPT or len(task.queue) > MAX_ID:
        raise ValueError("a task whose id, receipt or queue is too long")
    return Task(
        message_id=MessageId(task.id),
        receipt=ReceiptHandle(task.receipt),
        started_at=_instant(task.started_at),
        queue=task.queue,
        sent_at=_instant(task.sent_at) if task.HasField("sent_at") else None,
        receive_count=task.receive_count,
        time_limit=task.time_limit.ToMicroseconds() / MICROSECONDS if task.HasField("time_limit") else inf,
    )


def _instant(at: Timestamp) -> float:
    if not 0 <= at.seconds <= LAST_YEAR:
        raise ValueError("a task with an instant that is none")
    return at.ToMicroseconds() / MICROSECONDS
