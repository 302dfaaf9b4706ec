"""grpc.health.v1, answered from the snapshot: SERVING while the daemon is ready."""

import asyncio
from typing import TypeAlias

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from sqsd_adapters.monitor.service import SERVICE_NAME
from sqsd_core.ports.monitor import Monitor

Context: TypeAlias = grpc.aio.ServicerContext[health_pb2.HealthCheckRequest, health_pb2.HealthCheckResponse]

HEALTH_SERVICE = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
OVERALL = ""  # grpc.health.v1: the server as a whole


class HealthService(health_pb2_grpc.HealthServicer):
    """Health of the server as a whole and of MonitoringService, which is the same."""

    def __init__(self, *, monitor: Monitor, watch_interval: float) -> None:
        self._monitor = monitor
        self._watch_interval = watch_interval

    async def Check(  # noqa: N802 - the name on the wire
        self, request: health_pb2.HealthCheckRequest, context: Context
    ) -> health_pb2.HealthCheckResponse:
        status = self._status(request.service)
        if status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN:
            await context.abort(grpc.StatusCode.NOT_FOUND, "no such service here")
        return health_pb2.HealthCheckResponse(status=status)

    async def Watch(  # noqa: N802 - the name on the wire
        self, request: health_pb2.HealthCheckRequest, context: Context
    ) -> None:
        """Say the status at once and whenever it changes, until the client or the server goes."""
        said: int | None = None
        while True:
            status = self._status(request.service)
            if status != said:
                await context.write(health_pb2.HealthCheckResponse(status=status))
                said = status
            await asyncio.sleep(self._watch_interval)

    def _status(self, service: str) -> int:
        if service not in {OVERALL, SERVICE_NAME}:
            return health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
        if self._monitor.snapshot().ready:
            return health_pb2.HealthCheckResponse.SERVING
        return health_pb2.HealthCheckResponse.NOT_SERVING
