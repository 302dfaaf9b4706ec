"""The bearer token: every rpc wants it but the one that probes cannot bring it to."""

from typing import Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor.grpc import GrpcMonitor
from tests.support.monitor import WatchedDaemon, task, workings

pytestmark = pytest.mark.integration

TOKEN = "s3cret/token+=="


def health_of(channel: grpc.aio.Channel) -> Any:  # the types of the official stub know no rpcs
    return health_pb2_grpc.HealthStub(channel)


async def test_the_token_opens() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(task()), port=0, token=TOKEN) as monitor:
        assert await workings(monitor.port, token=TOKEN) == [task()]


@pytest.mark.parametrize("token", [None, "wrong", TOKEN.upper(), TOKEN + "="])
async def test_any_other_token_is_refused(token: str | None) -> None:
    daemon = WatchedDaemon(task())
    async with GrpcMonitor(monitor=daemon, port=0, token=TOKEN) as monitor:
        with pytest.raises(ConfigurationError, match="MONITORING_TOKEN"):
            await workings(monitor.port, token=token)
    assert daemon.looks == 0


@pytest.mark.parametrize(
    "method",
    [
        "/grpc.health.v1.Health/Watch",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        "/sqsd.MonitoringService/FindMessages",
        "/sqsd.MonitoringService/NoSuchRpc",
    ],
)
async def test_reflection_watches_and_unknown_rpcs_want_the_token_too(method: str) -> None:
    async with (
        GrpcMonitor(monitor=WatchedDaemon(), port=0, token=TOKEN) as monitor,
        grpc.aio.insecure_channel(f"127.0.0.1:{monitor.port}") as channel,
    ):
        call: grpc.aio.StreamStreamCall[bytes, bytes] = channel.stream_stream(method)(timeout=5)
        assert await call.code() == grpc.StatusCode.UNAUTHENTICATED


async def test_reflection_opens_with_the_token() -> None:
    async with (
        GrpcMonitor(monitor=WatchedDaemon(), port=0, token=TOKEN) as monitor,
        grpc.aio.insecure_channel(f"127.0.0.1:{monitor.port}") as channel,
    ):
        call: grpc.aio.StreamStreamCall[bytes, bytes] = channel.stream_stream(
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
        )(timeout=5, metadata=(("authorization", f"bearer {TOKEN}"),))
        await call.write(reflection_pb2.ServerReflectionRequest(list_services="").SerializeToString())
        answer = await call.read()
    assert isinstance(answer, bytes)
    assert b"sqsd.MonitoringService" in answer


async def test_a_probe_checks_health_without_the_token() -> None:
    async with (
        GrpcMonitor(monitor=WatchedDaemon(), port=0, token=TOKEN) as monitor,
        grpc.aio.insecure_channel(f"127.0.0.1:{monitor.port}") as channel,
    ):
        answer = await health_of(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize("token", ["", "two words", "schlüssel", "line\nbreak"])
async def test_a_token_that_no_header_can_carry_is_refused_at_start(token: str) -> None:
    with pytest.raises(ConfigurationError, match="MONITORING_TOKEN") as failure:
        await GrpcMonitor(monitor=WatchedDaemon(), port=0, token=token).__aenter__()
    assert not token or token not in str(failure.value)
