"""A gRPC interceptor that lets a call through or refuses it before its request is read."""

from __future__ import annotations  # grpc's handlers are generic in their stubs alone

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import grpc
import grpc.aio

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable

Request = TypeVar("Request")
Response = TypeVar("Response")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The status that a refused call ends with."""

    code: grpc.StatusCode
    details: str


class Gate(grpc.aio.ServerInterceptor, ABC):
    """An interceptor that either refuses a call or leaves it alone."""

    @abstractmethod
    async def refusal(self, call: grpc.HandlerCallDetails) -> Refusal | None:
        """Why the call may not pass; may take its time."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Request, Response] | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Request, Response] | None:
        refusal = await self.refusal(handler_call_details)
        return await continuation(handler_call_details) if refusal is None else _refusing(refusal)


def _refusing(refusal: Refusal) -> grpc.RpcMethodHandler[Any, Any]:
    async def refuse(requests: AsyncIterable[bytes], context: grpc.aio.ServicerContext[bytes, bytes]) -> None:
        del requests
        await context.abort(refusal.code, refusal.details)

    # The one kind of handler that answers any kind of rpc before a request has come.
    return grpc.stream_stream_rpc_method_handler(refuse)
