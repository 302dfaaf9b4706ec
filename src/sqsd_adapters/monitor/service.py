"""MonitoringService: answers from the snapshot of the moment of the call."""

from typing import TypeAlias

import grpc
import grpc.aio

from sqsd_adapters.monitor import wire
from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_adapters.monitor._pb.sqsd_pb2_grpc import MonitoringServiceServicer
from sqsd_adapters.monitor.answers import Answers
from sqsd_core.ports.monitor import Monitor

Context: TypeAlias = grpc.aio.ServicerContext[sqsd_pb2.CurrentWorkingsRequest, sqsd_pb2.CurrentWorkingsResponse]

SERVICE_NAME = sqsd_pb2.DESCRIPTOR.services_by_name["MonitoringService"].full_name


class MonitoringService(MonitoringServiceServicer):
    """The rpcs of the original (contract, section 7)."""

    def __init__(self, *, monitor: Monitor, receipts: bool) -> None:
        self._monitor = monitor
        self._receipts = receipts
        self._answers = Answers()

    async def CurrentWorkings(  # noqa: N802 - the name on the wire
        self, request: sqsd_pb2.CurrentWorkingsRequest, context: Context
    ) -> sqsd_pb2.CurrentWorkingsResponse:
        del request
        peer = context.peer()
        if not self._answers.begin(peer):
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many answers are unread")
        context.add_done_callback(lambda _: self._answers.end(peer))  # type: ignore[arg-type]  # any callable does
        return wire.workings(self._monitor.snapshot(), receipts=self._receipts)
