"""The client of the monitor, over gRPC."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any, Self

import grpc
import grpc.aio

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor import lives, wire
from sqsd_adapters.monitor._pb import sqsd_pb2, sqsd_pb2_grpc
from sqsd_adapters.monitor.access import check_token
from sqsd_adapters.monitor.tls import ClientTls
from sqsd_adapters.printable import printable
from sqsd_core.errors import SqsdError
from sqsd_core.policy.history import Found, Query
from sqsd_core.policy.scoreboard import Task

OPTIONS = (
    ("grpc.enable_http_proxy", 0),  # http_proxy of the environment is not meant for a monitor on loopback
    ("grpc.max_receive_message_length", 32 * 1024 * 1024),  # 1,024 tasks are about 1 MiB
    ("grpc.max_metadata_size", 8 * 1024),
    ("grpc.absolute_max_metadata_size", 16 * 1024),
)


class MonitorUnavailable(SqsdError):
    """No monitor answers."""


class MonitorBusy(MonitorUnavailable):
    """A monitor answers, but takes no more calls of this kind now."""


class MonitorClient:
    """One connection to the monitor of a daemon, while it is open.

    Every call ends within ``timeout`` seconds. It raises MonitorUnavailable where no monitor of sqsd answers,
    and ConfigurationError where one wants a token that we lack. A token that no header can carry is refused at once.
    """

    def __init__(
        self, *, address: str, tls: ClientTls | None = None, token: str | None = None, timeout: float = 5.0
    ) -> None:
        self._address = address
        self._tls = tls
        if token is not None:
            check_token(token)
        self._metadata = () if token is None else (("authorization", f"Bearer {token}"),)
        self._timeout = timeout

    async def __aenter__(self) -> Self:
        self._channel = self._connect()
        self._stub = sqsd_pb2_grpc.MonitoringServiceStub(self._channel)  # type: ignore[no-untyped-call] # generated
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._channel.close()

    async def current_workings(self) -> Sequence[Task]:
        """The tasks in flight, sorted by start; receipts are empty where the monitor leaves them out."""
        response = await self._ask(self._stub.CurrentWorkings, sqsd_pb2.CurrentWorkingsRequest())
        try:
            return wire.tasks(response)
        except ValueError as error:
            raise self._unavailable(f"the program at this address is not sqsd: {error}") from error

    async def find(self, query: Query) -> Found:
        """What the daemon remembers of the messages that match."""
        response = await self._ask(self._stub.FindMessages, lives.request(query))
        try:
            return lives.found(response)
        except ValueError as error:
            raise self._unavailable(f"the program at this address is not sqsd: {error}") from error

    async def status(self, *, tasks: int = 0) -> sqsd_pb2.Status:
        """The state, with so many of the tasks that run longest."""
        request = sqsd_pb2.GetStatusRequest(tasks=tasks)
        answer: sqsd_pb2.GetStatusResponse = await self._ask(self._stub.GetStatus, request)
        return answer.status

    async def watch(self, *, interval: float, tasks: int = 0) -> AsyncGenerator[sqsd_pb2.Status, None]:
        """The state again and again, until the daemon ends the stream; an answer that is late is an error."""
        request = sqsd_pb2.WatchStatusRequest(tasks=tasks)
        request.interval.FromMilliseconds(round(interval * 1_000))
        stream = self._stub.WatchStatus(request, metadata=self._metadata)
        try:
            while True:
                async with asyncio.timeout(self._timeout + interval):
                    answer = await stream.read()
                if answer is grpc.aio.EOF:
                    return
                yield answer.status
        except TimeoutError:
            raise self._unavailable(f"no answer within {self._timeout + interval:g} s") from None
        except grpc.aio.AioRpcError as error:
            raise self._translated(error) from error
        finally:
            stream.cancel()

    async def pause(self, *, queue: str | None = None, seconds: float | None = None) -> Sequence[sqsd_pb2.Reason]:
        """Pause one queue or all, for some seconds or until resumed; returns the pauses that hold."""
        request = sqsd_pb2.PauseRequest(queue=queue or "")
        if seconds is not None:
            getattr(request, "for").FromMilliseconds(round(seconds * 1_000))
        answer: sqsd_pb2.PauseResponse = await self._ask(self._stub.Pause, request)
        return answer.paused

    async def resume(self, *, queue: str | None = None) -> Sequence[sqsd_pb2.Reason]:
        """Resume one queue or all; returns the pauses that still hold."""
        answer: sqsd_pb2.ResumeResponse = await self._ask(self._stub.Resume, sqsd_pb2.ResumeRequest(queue=queue or ""))
        return answer.paused

    async def _ask(self, method: Any, request: object) -> Any:  # noqa: ANN401 - the stub has no types
        try:
            return await method(request, timeout=self._timeout, metadata=self._metadata)
        except grpc.aio.AioRpcError as error:
            raise self._translated(error) from error

    def _connect(self) -> grpc.aio.Channel:
        if self._tls is None:
            return grpc.aio.insecure_channel(self._address, options=OPTIONS)
        name = self._tls.server_name
        options = OPTIONS if name is None else (*OPTIONS, ("grpc.ssl_target_name_override", name))
        return grpc.aio.secure_channel(self._address, self._tls.credentials(), options=options)

    def _translated(self, error: grpc.aio.AioRpcError) -> SqsdError:
        match error.code():
            case grpc.StatusCode.UNAUTHENTICATED:
                return ConfigurationError(f"MONITORING_TOKEN: the monitor at {self._address} requires another token")
            case grpc.StatusCode.NOT_FOUND | grpc.StatusCode.INVALID_ARGUMENT | grpc.StatusCode.PERMISSION_DENIED:
                return ConfigurationError(f"{self._address}: {printable(error.details() or error.code().name)}")
            case grpc.StatusCode.UNAVAILABLE if "refused" in (error.details() or "").lower():
                return MonitorUnavailable(
                    f"no daemon listens at {self._address}: connection refused; "
                    "is sqsd running, and is this its MONITORING_PORT?"
                )
            case grpc.StatusCode.UNAVAILABLE if "hostname lookup" in (error.details() or ""):
                reason = "the name of the host cannot be resolved"
            case grpc.StatusCode.RESOURCE_EXHAUSTED if "larger than" not in (error.details() or ""):  # an answer
                return MonitorBusy(f"{self._address} is busy: {printable(error.details() or error.code().name)}")
            case grpc.StatusCode.DEADLINE_EXCEEDED:
                reason = f"no answer within {self._timeout:g} s"
            case grpc.StatusCode.UNIMPLEMENTED:
                reason = "the program at this address is not sqsd"
            case _:
                reason = printable(error.details() or error.code().name)
        return self._unavailable(reason)

    def _unavailable(self, reason: str) -> MonitorUnavailable:
        return MonitorUnavailable(f"no monitor of sqsd answers at {self._address}: {reason}")
