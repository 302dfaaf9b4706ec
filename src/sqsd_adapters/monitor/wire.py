"""Pure translation between the scoreboard and the messages of proto/sqsd.proto."""

from collections.abc import Sequence

from google.protobuf.timestamp_pb2 import Timestamp

from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_core.message import MessageId, ReceiptHandle
from sqsd_core.policy.scoreboard import Snapshot, Task

MICROSECONDS = 1_000_000  # a double holds today's Unix time to a quarter of one


def workings(snapshot: Snapshot, *, receipts: bool) -> sqsd_pb2.CurrentWorkingsResponse:
    """The tasks in flight, in the order of the snapshot: by start."""
    return sqsd_pb2.CurrentWorkingsResponse(tasks=[_encoded(task, receipts=receipts) for task in snapshot.tasks])


def tasks(response: sqsd_pb2.CurrentWorkingsResponse) -> Sequence[Task]:
    """What ``workings`` said; a receipt that was left out is empty."""
    return [_decoded(task) for task in response.tasks]


def _encoded(task: Task, *, receipts: bool) -> sqsd_pb2.Task:
    started_at = Timestamp()
    started_at.FromMicroseconds(round(task.started_at * MICROSECONDS))
    return sqsd_pb2.Task(id=task.message_id, receipt=task.receipt if receipts else "", started_at=started_at)


def _decoded(task: sqsd_pb2.Task) -> Task:
    return Task(
        message_id=MessageId(task.id),
        receipt=ReceiptHandle(task.receipt),
        started_at=task.started_at.ToMicroseconds() / MICROSECONDS,
    )
