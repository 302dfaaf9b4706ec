"""MonitoringService: answers from the state at the moment of the call, and steers the daemon."""

import asyncio
from dataclasses import replace
from typing import Any, TypeAlias

import grpc
import grpc.aio

from sqsd_adapters.monitor import lives, status_wire, wire
from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_adapters.monitor._pb.sqsd_pb2_grpc import MonitoringServiceServicer
from sqsd_adapters.monitor.answers import Answers
from sqsd_adapters.monitor.fresh import Remote
from sqsd_adapters.monitor.gate import Refusal
from sqsd_adapters.monitor.steering import Steering
from sqsd_core.policy.history import Found
from sqsd_core.ports.history import History
from sqsd_core.ports.monitor import Monitor

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

SERVICE_NAME = sqsd_pb2.DESCRIPTOR.services_by_name["MonitoringService"].full_name

SHORTEST, LONGEST = 0.5, 60.0  # seconds between two answers of a stream
USUAL = 1.0  # likewise, where the client does not say
MAX_STREAMS = 8  # of WatchStatus
FRESH = 0.2  # seconds for which a status is not made again, however many ask

TOO_MANY_UNREAD = Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many answers are unread")
TOO_MANY_STREAMS = Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, f"{MAX_STREAMS} clients watch already")


class MonitoringService(MonitoringServiceServicer):
    """The rpc of the original, and ours (contract, section 7)."""

    def __init__(
        self, *, monitor: Monitor, receipts: bool, history: History | None = None, steerable: bool = True
    ) -> None:
        """``steerable``: whether those who may ask may also pause."""
        self._monitor = monitor
        self._history = history
        self._receipts = receipts
        self._steering = Steering(monitor=monitor, allowed=steerable)
        self._answers = Answers()
        self._streams = 0
        self._latest: tuple[float, int, sqsd_pb2.Status] | None = None

    async def CurrentWorkings(  # noqa: N802 - the name on the wire
        self, request: sqsd_pb2.CurrentWorkingsRequest, context: Context
    ) -> sqsd_pb2.CurrentWorkingsResponse:
        del request
        await self._begin(context)
        return wire.workings(self._monitor.snapshot(), receipts=self._receipts)

    async def FindMessages(  # noqa: N802 - the name on the wire
        self, request: sqsd_pb2.FindMessagesRequest, context: Context
    ) -> sqsd_pb2.FindMessagesResponse:
        await self._begin(context)
        now, query = self._monitor.snapshot(), lives.query(request)
        if (source := now.sources.get(query.queue)) is not None:
            query = replace(query, queue=source.queue)  # the history knows it by its own name
        found = Found() if self._history is None else await self._history.find(query)
        return lives.encoded(found, running=now.tasks)

    async def GetStatus(  # noqa: N802 - the name on the wire
        self, request: sqsd_pb2.GetStatusRequest, context: Context
    ) -> sqsd_pb2.GetStatusResponse:
        await self._begin(context)
        return sqsd_pb2.GetStatusResponse(status=self._status(request.tasks))

    async def WatchStatus(  # noqa: N802 - the name on the wire
        self, request: sqsd_pb2.WatchStatusRequest, context: Context
    ) -> None:
        """Answer until the client or the server goes; a client that does not read is waited for."""
        if self._streams >= MAX_STREAMS:
            await _refuse(context, TOO_MANY_STREAMS)
        self._streams += 1
        try:
            interval = _interval(request)
            while True:
                await context.write(sqsd_pb2.WatchStatusResponse(status=self._status(request.tasks)))
                await asyncio.sleep(interval)
        finally:
            self._streams -= 1

    async def Pause(  # noqa: N802 - the name on the wire
        self, request: sqsd_pb2.PauseRequest, context: Context
    ) -> sqsd_pb2.PauseResponse:
        if refusal := self._steering.pause(request):
            await _refuse(context, refusal)
        await self._refresh()
        return sqsd_pb2.PauseResponse(paused=status_wire.pauses(self._monitor.snapshot()))

    async def Resume(  # noqa: N802 - the name on the wire
        self, request: sqsd_pb2.ResumeRequest, context: Context
    ) -> sqsd_pb2.ResumeResponse:
        if refusal := self._steering.resume(request):
            await _refuse(context, refusal)
        await self._refresh()
        return sqsd_pb2.ResumeResponse(paused=status_wire.pauses(self._monitor.snapshot()))

    async def _refresh(self) -> None:
        """Let the answer to an order show what has come of it."""
        if isinstance(self._monitor, Remote):
            await self._monitor.refresh()

    async def _begin(self, context: Context) -> None:
        peer = context.peer()
        if not self._answers.begin(peer):
            await _refuse(context, TOO_MANY_UNREAD)
        context.add_done_callback(lambda _: self._answers.end(peer))  # type: ignore[arg-type]  # any callable does

    def _status(self, tasks: int) -> sqsd_pb2.Status:
        now, tasks = asyncio.get_running_loop().time(), min(tasks, status_wire.MAX_TASKS)
        if self._latest is None or now - self._latest[0] > FRESH or self._latest[1] != tasks:
            self._latest = now, tasks, status_wire.encoded(self._monitor.status(), tasks=tasks)
        return self._latest[2]


async def _refuse(context: Context, refusal: Refusal) -> None:
    await context.abort(refusal.code, refusal.details)


def _interval(request: sqsd_pb2.WatchStatusRequest) -> float:
    """Seconds between two answers."""
    if not request.HasField("interval"):
        return USUAL
    return min(max(SHORTEST, request.interval.seconds + request.interval.nanos / 1e9), LONGEST)
