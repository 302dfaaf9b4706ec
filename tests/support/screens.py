"""Statuses of daemons as a monitor sends them, and what a terminal shows of a renderable."""

import io
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Console, RenderableType

from sqsd_adapters.cli.status.view import View
from sqsd_adapters.monitor._pb import sqsd_pb2

NOW = 1_700_000_000
MESSAGE = "7c1e4a90-11aa-4bb2-8cc3-0123456789ab"
ADDRESS = "127.0.0.1:6969"


def at(seconds_ago: float = 0.0) -> Timestamp:
    return Timestamp(seconds=NOW - round(seconds_ago))


def lasting(seconds: float) -> Duration:
    duration = Duration()
    duration.FromMilliseconds(round(seconds * 1_000))
    return duration


def recent(*, ended: int = 124, failed: int = 0) -> sqsd_pb2.Recent:
    times = sqsd_pb2.Percentiles(count=ended, p50=0.012, p90=0.1, p99=0.24)
    return sqsd_pb2.Recent(
        window=lasting(300),
        ended=ended,
        failed=failed,
        wait=times,
        invocation=times,
        step=lasting(10),
        points=[sqsd_pb2.Point(ended=count, failed=failed // 3) for count in (0, 120, 60)],
    )


def queue(name: str = "orders", **fields: Any) -> sqsd_pb2.Queue:
    usual = {
        "sqs_name": name,
        "worker": "web",
        "in_flight": 3,
        "max_receive_count": 5,
        "depth": sqsd_pb2.Depth(visible=1_204, at=at(), trend=-18.0),
        "recent": recent(),
        "lock_store": "memory",
        "lock_store_answers": True,
    }
    return sqsd_pb2.Queue(name=name, **{**usual, **fields})


def worker(name: str = "web", **fields: Any) -> sqsd_pb2.Worker:
    usual = {"slots": 64, "busy": 31, "breaker": sqsd_pb2.Breaker(state="closed"), "time_limit": lasting(60)}
    return sqsd_pb2.Worker(name=name, **{**usual, "recent": recent(), **fields})


def task(message_id: str = MESSAGE, *, age: float = 40.0, queue: str = "orders", receives: int = 1) -> sqsd_pb2.Task:
    return sqsd_pb2.Task(id=message_id, started_at=at(age), queue=queue, receive_count=receives, time_limit=lasting(60))


def reason(name: str, text: str, **fields: Any) -> sqsd_pb2.Reason:
    return sqsd_pb2.Reason(reason=name, text=text, since=at(120), **fields)


def status(**fields: Any) -> sqsd_pb2.Status:
    tasks = fields.get("tasks", [])
    usual = {
        "version": "1.2.3",
        "instance": "host-7",
        "started_at": at(11_520),
        "at": at(),
        "ready": True,
        "queues": [queue()],
        "workers": [worker()],
        "tasks_in_flight": len(tasks),
    }
    return sqsd_pb2.Status(**{**usual, **fields})


def view(*, address: str = ADDRESS, mark: str = "", silent: str = "", **fields: Any) -> View:
    return View(address=address, mark=mark, status=status(**fields), silent=silent)


def shown(renderable: RenderableType, *, width: int = 80, colour: bool = False) -> str:
    """What a terminal shows, with its escape sequences where ``colour`` is set."""
    console = Console(
        file=io.StringIO(), width=width, height=40, force_terminal=colour, color_system="standard" if colour else None
    )
    console.print(renderable)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()
