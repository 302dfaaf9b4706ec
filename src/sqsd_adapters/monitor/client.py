"""The client of the monitor, over gRPC."""

from collections.abc import Sequence
from typing import Self

import grpc
import grpc.aio

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor import lives, wire
from sqsd_adapters.monitor._pb import sqsd_pb2, sqsd_pb2_grpc
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


class MonitorClient:
    """One connection to the monitor of a daemon, while it is open.

    Every call ends within ``timeout`` seconds. It raises MonitorUnavailable where no monitor of sqsd answers,
    and ConfigurationError where one wants a token that we lack.
    """

    def __init__(
        self, *, address: str, tls: ClientTls | None = None, token: str | None = None, timeout: float = 5.0
    ) -> None:
        self._address = address
        self._tls = tls
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
        try:
            response = await self._stub.CurrentWorkings(
                sqsd_pb2.CurrentWorkingsRequest(), timeout=self._timeout, metadata=self._metadata
            )
        except grpc.aio.AioRpcError as error:
            raise self._translated(error) from error
        try:
            return wire.tasks(response)
        except ValueError as error:
            raise self._unavailable(f"what listens there is not sqsd: {error}") from error

    async def find(self, query: Query) -> Found:
        """What the daemon remembers of the messages that match."""
        try:
            response = await self._stub.FindMessages(
                lives.request(query), timeout=self._timeout, metadata=self._metadata
            )
        except grpc.aio.AioRpcError as error:
            raise self._translated(error) from error
        try:
            return lives.found(response)
        except ValueError as error:
            raise self._unavailable(f"what listens there is not sqsd: {error}") from error

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
            case grpc.StatusCode.DEADLINE_EXCEEDED:
                reason = f"no answer within {self._timeout:g} s"
            case grpc.StatusCode.UNIMPLEMENTED:
                reason = "what listens there is not sqsd"
            case _:
                reason = printable(error.details() or error.code().name)
        return self._unavailable(reason)

    def _unavailable(self, reason: str) -> MonitorUnavailable:
        return MonitorUnavailable(f"no monitor of sqsd answers at {self._address}: {reason}")
