"""The gRPC server: MonitoringService, health and reflection, bounded so that no client can hold up a job."""

import logging
from collections.abc import Sequence
from typing import Self

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor._pb import sqsd_pb2_grpc
from sqsd_adapters.monitor.access import BearerToken
from sqsd_adapters.monitor.address import EXPOSED, check_free, is_exposed, is_loopback
from sqsd_adapters.monitor.fresh import Fresh, Remote
from sqsd_adapters.monitor.health import HEALTH_SERVICE, HealthService
from sqsd_adapters.monitor.pace import Pace
from sqsd_adapters.monitor.paced import PacedCalls, PacedReflection
from sqsd_adapters.monitor.service import SERVICE_NAME, MonitoringService
from sqsd_adapters.monitor.tls import MonitorTls
from sqsd_core.ports.history import History
from sqsd_core.ports.monitor import Monitor

logger = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 6969  # the original's

CALLS_PER_SECOND = 20  # one costs the event loop about 0.5 ms, 4 ms with 1,024 tasks
HEALTH_CHECKS_PER_SECOND = 50
REFUSALS_PER_SECOND = 20  # of calls without the token
MAX_CONNECTIONS = 128  # gRPC counts them for all peers together; an idle one costs about 20 KB
MAX_STREAMS = 4  # of one connection
IDLE = 10.0  # seconds without a call after which a connection is closed
MAX_AGE = 120.0  # seconds; a client that watches connects again

OPTIONS = (
    ("grpc.so_reuseport", 0),  # or a second daemon shares the port in silence
    ("grpc.max_allowed_incoming_connections", MAX_CONNECTIONS),
    ("grpc.max_concurrent_streams", MAX_STREAMS),
    ("grpc.max_receive_message_length", 4_096),  # no request holds more than a name
    ("grpc.server_handshake_timeout_ms", 5_000),
    ("grpc.max_connection_idle_ms", int(IDLE * 1000)),
    ("grpc.max_connection_age_ms", int(MAX_AGE * 1000)),  # a reader that never reads loses its place
    ("grpc.max_connection_age_grace_ms", 10_000),
    ("grpc.keepalive_time_ms", 60_000),  # a peer that is gone gives its connection back
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
    ("grpc.http2.max_ping_strikes", 2),
)


class GrpcMonitor:
    """Serves a Monitor while it is open.

    Opening raises AddressInUse for a taken port, and ConfigurationError for an address that is not ours, a
    bad certificate or a token that no header can carry. Closing gives running calls ``grace`` seconds and
    cuts the rest, so that a client that watches for ever holds up no drain.
    """

    def __init__(
        self,
        *,
        monitor: Monitor,
        host: str = LOOPBACK,
        port: int = DEFAULT_PORT,
        tls: MonitorTls | None = None,
        token: str | None = None,
        receipts: bool = True,
        history: History | None = None,
        watch_interval: float = 1.0,
        grace: float = 0.25,
    ) -> None:
        self._monitor = monitor
        self._host = host
        self._port = port
        self._tls = tls
        self._token = token
        self._receipts = receipts
        self._history = history
        self._watch_interval = watch_interval
        self._grace = grace

    @property
    def port(self) -> int:
        """The port; where 0 was asked for, the one that was found, once open."""
        return self._port

    async def __aenter__(self) -> Self:
        credentials = self._tls.credentials() if self._tls else None
        await check_free(host=self._host, port=self._port, variables="MONITORING")
        self._server = self._build()
        self._port = self._bind(credentials)
        await self._server.start()
        self._announce()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop(self._grace)

    def _build(self) -> grpc.aio.Server:
        others = Pace(rate=CALLS_PER_SECOND, burst=2 * CALLS_PER_SECOND)
        server = grpc.aio.server(interceptors=self._interceptors(others), options=OPTIONS)
        service = MonitoringService(
            monitor=self._monitor,
            receipts=self._receipts,
            history=self._history,
            steerable=self._is_authenticated or is_loopback(self._host),
        )
        health = HealthService(monitor=self._monitor, watch_interval=self._watch_interval)
        names = (SERVICE_NAME, HEALTH_SERVICE, reflection.SERVICE_NAME)
        # grpcio-tools and the stubs of grpcio-reflection type no functions.
        sqsd_pb2_grpc.add_MonitoringServiceServicer_to_server(service, server)  # type: ignore[no-untyped-call]
        health_pb2_grpc.add_HealthServicer_to_server(health, server)
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(  # type: ignore[no-untyped-call]
            PacedReflection(services=names, pace=others), server
        )
        return server

    def _interceptors(self, others: Pace) -> Sequence[grpc.aio.ServerInterceptor]:
        health = Pace(rate=HEALTH_CHECKS_PER_SECOND, burst=2 * HEALTH_CHECKS_PER_SECOND)
        paced = PacedCalls(health=health, others=others)
        fresh = [Fresh(self._monitor)] if isinstance(self._monitor, Remote) else []
        if self._token is None:
            return [paced, *fresh]
        strangers = Pace(rate=REFUSALS_PER_SECOND, burst=2 * REFUSALS_PER_SECOND)
        return [BearerToken(self._token, strangers=strangers), paced, *fresh]

    def _bind(self, credentials: grpc.ServerCredentials | None) -> int:
        host = f"[{self._host}]" if ":" in self._host else self._host
        address = f"{host}:{self._port}"
        try:
            if credentials is None:
                return self._server.add_insecure_port(address)
            return self._server.add_secure_port(address, credentials)
        except RuntimeError as error:  # all that gRPC says; other causes were ruled out before
            cause = "MONITORING_PORT was taken just now"
            if credentials is not None:
                cause = "it cannot use this pair of MONITORING_TLS_CERT and MONITORING_TLS_KEY"
            raise ConfigurationError(f"gRPC cannot serve {address}: {cause}") from error

    def _announce(self) -> None:
        fields = {
            "host": self._host,
            "port": self._port,
            "tls": self._tls is not None,
            "token": self._token is not None,
        }
        logger.info("monitor listening", extra=fields)
        if is_exposed(self._host, tls=self._tls is not None, authenticated=self._is_authenticated):
            logger.warning(EXPOSED, extra=fields)

    @property
    def _is_authenticated(self) -> bool:
        return self._token is not None or (self._tls is not None and self._tls.client_ca is not None)
