"""The monitor's server: its services over real connections, its address, its end."""

import asyncio
import logging
import multiprocessing
import socket
import sys
from dataclasses import replace
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from sqsd_adapters.errors import AddressInUse, ConfigurationError
from sqsd_adapters.monitor.client import MonitorClient
from sqsd_adapters.monitor.grpc import GrpcMonitor
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.history import Found, Query
from sqsd_core.policy.scoreboard import SourceState, Task
from tests.support.monitor import WatchedDaemon, task, workings

pytestmark = pytest.mark.integration

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SERVICE_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


def channel_to(monitor: GrpcMonitor) -> grpc.aio.Channel:
    return grpc.aio.insecure_channel(f"127.0.0.1:{monitor.port}")


def health_of(channel: grpc.aio.Channel) -> Any:  # the types of the official stub know no rpcs
    return health_pb2_grpc.HealthStub(channel)


async def health(monitor: GrpcMonitor, service: str = "") -> int:
    async with channel_to(monitor) as channel:
        answer: health_pb2.HealthCheckResponse = await health_of(channel).Check(
            health_pb2.HealthCheckRequest(service=service), timeout=5
        )
    return answer.status


async def test_tasks_in_flight_are_listed_in_the_snapshots_order() -> None:
    tasks = (task("early", started_at=1.5), task("late", receipt="r-2", started_at=2.000_001))
    async with GrpcMonitor(monitor=WatchedDaemon(*tasks), port=0) as monitor:
        assert await workings(monitor.port) == list(tasks)


async def test_two_deliveries_of_one_message_are_two_tasks() -> None:
    tasks = (task("same", receipt="r-1"), task("same", receipt="r-2"))
    async with GrpcMonitor(monitor=WatchedDaemon(*tasks), port=0) as monitor:
        assert [found.receipt for found in await workings(monitor.port)] == ["r-1", "r-2"]


class AskedHistory:
    """Remembers nothing but what it was asked."""

    def __init__(self) -> None:
        self.queries: list[Query] = []

    async def find(self, query: Query) -> Found:
        self.queries.append(query)
        return Found()


@pytest.mark.parametrize("name", ["mails", "mails.fifo"])
async def test_messages_are_found_by_the_name_of_the_queues_table_and_by_its_own(name: str) -> None:
    history, daemon = AskedHistory(), WatchedDaemon()
    daemon.state = replace(daemon.state, sources={"mails": SourceState(queue="mails.fifo", worker="")})
    async with (
        GrpcMonitor(monitor=daemon, port=0, history=history) as monitor,
        MonitorClient(address=f"127.0.0.1:{monitor.port}") as client,
    ):
        await client.find(Query(failed=True, queue=name))
    assert [query.queue for query in history.queries] == ["mails.fifo"]


async def test_receipts_can_be_left_out() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(task()), port=0, receipts=False) as monitor:
        assert [found.receipt for found in await workings(monitor.port)] == [""]


@pytest.mark.parametrize("service", ["", "sqsd.MonitoringService"])
async def test_health_follows_the_snapshot(service: str) -> None:
    daemon = WatchedDaemon()
    async with GrpcMonitor(monitor=daemon, port=0) as monitor:
        assert await health(monitor, service) == SERVING
        daemon.close(Reason.QUEUE_UNAVAILABLE)
        assert await health(monitor, service) == NOT_SERVING
        daemon.close()
        assert await health(monitor, service) == SERVING


async def test_health_of_an_unknown_service_is_not_found() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(), port=0) as monitor:
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await health(monitor, "sqsd.Nonsense")
        assert failure.value.code() == grpc.StatusCode.NOT_FOUND


async def test_a_watch_says_each_change_of_health() -> None:
    daemon = WatchedDaemon()
    async with (
        GrpcMonitor(monitor=daemon, port=0, watch_interval=0.01) as monitor,
        channel_to(monitor) as channel,
    ):
        watch = health_of(channel).Watch(health_pb2.HealthCheckRequest(), timeout=10)
        assert (await watch.read()).status == SERVING
        await asyncio.sleep(0.1)
        assert daemon.looks > 2  # without a change, of which nothing is said
        daemon.close(Reason.QUEUE_UNAVAILABLE)
        assert (await watch.read()).status == NOT_SERVING
        daemon.close()
        assert (await watch.read()).status == SERVING


async def test_a_watch_of_an_unknown_service_says_so_and_goes_on() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(), port=0) as monitor, channel_to(monitor) as channel:
        watch = health_of(channel).Watch(health_pb2.HealthCheckRequest(service="sqsd.Nonsense"), timeout=10)
        assert (await watch.read()).status == SERVICE_UNKNOWN
        assert not watch.done()


async def test_reflection_lists_the_services_and_describes_ours() -> None:
    def reflect(port: int) -> tuple[list[str], list[str]]:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            database = ProtoReflectionDescriptorDatabase(channel)
            service = DescriptorPool(database).FindServiceByName("sqsd.MonitoringService")
            return sorted(database.get_services()), [method.name for method in service.methods]

    async with GrpcMonitor(monitor=WatchedDaemon(), port=0) as monitor:
        services, methods = await asyncio.to_thread(reflect, monitor.port)
    assert services == [
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
        "sqsd.MonitoringService",
    ]
    assert methods == ["CurrentWorkings", "GetStatus", "WatchStatus", "Pause", "Resume", "FindMessages"]


async def test_a_taken_port_is_named_with_the_variable() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(), port=0) as first:
        with pytest.raises(AddressInUse, match=rf"127\.0\.0\.1:{first.port} is taken.*MONITORING_PORT"):
            await GrpcMonitor(monitor=WatchedDaemon(), port=first.port).__aenter__()


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
async def test_an_address_of_another_machine_is_named_with_the_variable(host: str) -> None:
    with pytest.raises(ConfigurationError, match=f"MONITORING_HOST: cannot listen on {host}"):
        await GrpcMonitor(monitor=WatchedDaemon(), host=host, port=0).__aenter__()


async def test_nobody_can_share_the_port_in_silence() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(), port=0) as monitor:
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            with pytest.raises(OSError, match="in use"):
                other.bind(("127.0.0.1", monitor.port))


async def test_the_port_is_free_again_after_closing() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(), port=0) as first:
        assert await workings(first.port) == []
    async with GrpcMonitor(monitor=WatchedDaemon(), port=first.port) as second:
        assert await workings(second.port) == []


async def test_by_default_it_listens_on_loopback_only() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(), port=0) as monitor:
        # The whole of 127/8 is this machine, so another of its addresses stands for another interface.
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.2", monitor.port)


async def test_ipv6_loopback_is_served() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(task()), host="::1", port=0) as monitor:
        assert await workings(monitor.port, host="[::1]") == [task()]


async def test_a_client_that_watches_for_ever_does_not_hold_up_closing() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(), port=0, grace=0.05) as monitor:
        channel = channel_to(monitor)
        await health_of(channel).Watch(health_pb2.HealthCheckRequest()).read()
        closing_at = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - closing_at < 2
    await channel.close()


async def test_an_open_monitor_beyond_loopback_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(), host="0.0.0.0", port=0):
        pass
    assert caplog.messages == ["monitor is reachable from the network without both TLS and authentication"]


async def test_a_monitor_on_loopback_is_not_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="sqsd_adapters")
    async with GrpcMonitor(monitor=WatchedDaemon(), port=0):
        pass
    assert caplog.messages == ["monitor listening"]


async def test_a_child_process_can_be_forked_while_it_serves() -> None:
    async with GrpcMonitor(monitor=WatchedDaemon(task()), port=0) as monitor:
        child = multiprocessing.get_context("fork").Process(target=sys.exit, args=(7,))
        child.start()
        await asyncio.to_thread(child.join, 10)
        assert child.exitcode == 7
        assert await workings(monitor.port) == [task()]


def test_it_serves_on_uvloop_as_well() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def serve_and_ask() -> list[Task]:
        async with GrpcMonitor(monitor=WatchedDaemon(task()), port=0) as monitor:
            return list(await workings(monitor.port))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(serve_and_ask()) == [task()]
