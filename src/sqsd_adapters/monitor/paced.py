"""Rate limit for gRPC calls, so that a flood does not take the event loop from the jobs."""

from collections.abc import AsyncIterable, AsyncIterator
from typing import TypeAlias

import grpc
import grpc.aio
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.reflection import aio as reflection

from sqsd_adapters.monitor.gate import Gate, Refusal
from sqsd_adapters.monitor.health import HEALTH_SERVICE
from sqsd_adapters.monitor.pace import Pace

ReflectionContext: TypeAlias = grpc.aio.ServicerContext[
    reflection_pb2.ServerReflectionRequest, reflection_pb2.ServerReflectionResponse
]

TOO_MANY = Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many calls")


class PacedCalls(Gate):
    """Lets calls through at a pace; health checks have a line of their own, so a flood fails no probe."""

    def __init__(self, *, health: Pace, others: Pace) -> None:
        self._health = health
        self._others = others

    async def refusal(self, call: grpc.HandlerCallDetails) -> Refusal | None:
        pace = self._health if call.method.startswith(f"/{HEALTH_SERVICE}/") else self._others
        return None if await pace.turn() else TOO_MANY


class PacedReflection(reflection_pb2_grpc.ServerReflectionServicer):
    """Server reflection whose one stream is no way around the pace."""

    def __init__(self, *, services: tuple[str, ...], pace: Pace) -> None:
        self._reflection = reflection.ReflectionServicer(services)
        self._pace = pace

    async def ServerReflectionInfo(  # noqa: N802 - the name on the wire
        self,
        request_iterator: AsyncIterable[reflection_pb2.ServerReflectionRequest],
        context: ReflectionContext,
    ) -> AsyncIterator[reflection_pb2.ServerReflectionResponse]:
        answers = self._reflection.ServerReflectionInfo(self._paced(request_iterator), context)
        async for answer in answers:  # type: ignore[attr-defined]  # a generator, whatever its stubs say
            yield answer

    async def _paced(
        self, requests: AsyncIterable[reflection_pb2.ServerReflectionRequest]
    ) -> AsyncIterator[reflection_pb2.ServerReflectionRequest]:
        async for request in requests:
            await self._pace.turn()
            yield request
