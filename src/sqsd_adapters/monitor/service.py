"""MonitoringService: answers from the snapshot of the moment of the call."""

from typing import Any, TypeAlias

import grpc
import grpc.aio

from sqsd_adapters.monitor import lives, wire
from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_adapters.monitor._pb.sqsd_pb2_grpc import MonitoringServiceServicer
from sqsd_adapters.monitor.answers import Answers
from sqsd_core.policy.history import Found
from sqsd_core.ports.history import History
from sqsd_core.ports.monitor import Monitor

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

SERVICE_NAME = sqsd_pb2.DESCRIPTOR.services_by_name["MonitoringService"].full_name


class MonitoringService(MonitoringServiceServicer):
    """The rpcs of the original (contract, section 7)."""

    def __init__(self, *, monitor: Monitor, receipts: bool, history: History | None = None) -> None:
        self._monitor = monitor
        self._history = history
        self._receipts = receipts
        self._answers = Answers()

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
        query = lives.query(request)
        found = Found() if self._history is None else await self._history.find(query)
        return lives.encoded(found, running=self._monitor.snapshot().tasks)

    async def _begin(self, context: Context) -> None:
        peer = context.peer()
        if not self._answers.begin(peer):
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many answers are unread")
        context.add_done_callback(lambda _: self._answers.end(peer))  # type: ignore[arg-type]  # any callable does
