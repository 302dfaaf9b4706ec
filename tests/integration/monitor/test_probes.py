"""The HTTP probes over real connections."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import Never

import aiohttp
import pytest

from sqsd_adapters.errors import AddressInUse, ConfigurationError
from sqsd_adapters.monitor.probes import (
    LIFE,
    MAX_CONNECTIONS,
    MAX_CONNECTIONS_OF_PEER,
    REQUESTS_PER_SECOND,
    Probes,
)
from sqsd_core.policy.admission import Reason
from sqsd_core.policy.liveness import Liveness
from sqsd_core.policy.scoreboard import Depth, Snapshot
from tests.support.monitor import WatchedDaemon, task

pytestmark = pytest.mark.integration


async def ask(probes: Probes, path: str, *, method: str = "GET", data: bytes | None = None) -> tuple[int, str]:
    url = f"http://127.0.0.1:{probes.port}{path}"
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
        session.request(method, url, data=data) as answer,
    ):
        return answer.status, await answer.text()


async def test_a_daemon_whose_loop_answers_is_alive() -> None:
    daemon = WatchedDaemon()
    daemon.drain()
    async with Probes(monitor=daemon, port=0) as probes:
        assert await ask(probes, "/livez") == (200, "alive\n")


class Doctor(Liveness):
    """Finds what the test sets."""

    def __init__(self, *found: str) -> None:
        super().__init__()
        self.found = found

    def look(self, snapshot: Snapshot, *, depths: Mapping[str, Depth], now: float) -> tuple[str, ...]:
        del snapshot, depths, now
        return self.found


async def test_a_daemon_that_works_no_more_is_not_alive_and_the_log_says_why_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    doctor = Doctor("web: nothing is received", "an invocation runs far beyond its time limit")
    async with Probes(monitor=WatchedDaemon(), liveness=lambda: doctor, port=0) as probes:
        for _ in range(2):
            answer = "not alive: web: nothing is received; an invocation runs far beyond its time limit\n"
            assert await ask(probes, "/livez") == (503, answer)
        doctor.found = ()
        assert await ask(probes, "/livez") == (200, "alive\n")
    assert caplog.messages == ["not alive"]


class WatchedFamily(WatchedDaemon):
    """A monitor of two processes."""

    async def refresh(self) -> None:
        pass

    def parts(self) -> Mapping[int, Snapshot]:
        return {1: replace(self.state, ready=True), 2: replace(self.state, ready=False)}


class Strict(Liveness):
    """Finds a process that is not ready."""

    def look(self, snapshot: Snapshot, *, depths: Mapping[str, Depth], now: float) -> list[str]:
        del depths, now
        return [] if snapshot.ready else ["nothing is received"]


async def test_each_of_several_processes_is_judged_by_itself() -> None:
    async with Probes(monitor=WatchedFamily(), liveness=Strict, port=0) as probes:
        assert await ask(probes, "/livez") == (503, "not alive: process 2: nothing is received\n")


async def test_an_outage_is_no_reason_to_restart() -> None:
    daemon = WatchedDaemon()
    daemon.close(Reason.QUEUE_UNAVAILABLE, Reason.BREAKER_OPEN)
    async with Probes(monitor=daemon, port=0) as probes:
        assert await ask(probes, "/livez") == (200, "alive\n")


async def test_readiness_follows_the_snapshot() -> None:
    daemon = WatchedDaemon()
    async with Probes(monitor=daemon, port=0) as probes:
        assert await ask(probes, "/readyz") == (200, "ready\n")
        daemon.close(Reason.BREAKER_OPEN, why="127.0.0.1:8080 refused")
        assert await ask(probes, "/readyz") == (503, "not ready: the worker is unavailable\n")
        daemon.close(Reason.PAUSED)
        assert await ask(probes, "/readyz") == (200, "ready\n")
        daemon.drain()
        assert await ask(probes, "/readyz") == (503, "not ready: draining\n")


async def test_metrics_are_prometheus_text() -> None:
    async with (
        Probes(monitor=WatchedDaemon(task()), port=0) as probes,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{probes.port}/metrics") as answer,
    ):
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert 'sqsd_tasks_in_flight{queue="jobs"} 1.0\n' in await answer.text()


async def test_metrics_are_openmetrics_where_the_scraper_prefers_that() -> None:
    accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    async with (
        Probes(monitor=WatchedDaemon(task()), port=0) as probes,
        aiohttp.ClientSession(headers={"Accept": accept}) as session,
        session.get(f"http://127.0.0.1:{probes.port}/metrics") as answer,
    ):
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
        assert (await answer.text()).endswith("# EOF\n")


@pytest.mark.parametrize("path", ["/", "/livez/", "/metrics/x", "/../etc/passwd"])
async def test_any_other_path_is_not_found(path: str) -> None:
    async with Probes(monitor=WatchedDaemon(), port=0) as probes:
        assert (await ask(probes, path))[0] == 404


async def test_a_head_request_has_no_body() -> None:
    async with Probes(monitor=WatchedDaemon(), port=0) as probes:
        assert await ask(probes, "/readyz", method="HEAD") == (200, "")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_probes_are_read_only(method: str) -> None:
    async with Probes(monitor=WatchedDaemon(), port=0) as probes:
        assert (await ask(probes, "/livez", method=method))[0] == 405


async def test_an_upload_is_answered_without_being_read() -> None:
    async with Probes(monitor=WatchedDaemon(), port=0) as probes:
        reader, writer = await asyncio.open_connection("127.0.0.1", probes.port)
        writer.write(b"POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n" + bytes(1_000))
        async with asyncio.timeout(5):
            assert (await reader.read()).startswith(b"HTTP/1.1 405 ")  # to the end: the connection is closed
        writer.close()


@pytest.mark.parametrize("request_", [b"nonsense\r\n\r\n", b"GET /livez HTTP/1.1\r\nX: " + b"y" * 100_000])
async def test_a_bad_or_huge_request_is_refused_and_not_logged(
    request_: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with Probes(monitor=WatchedDaemon(), port=0) as probes:
        reader, writer = await asyncio.open_connection("127.0.0.1", probes.port)
        writer.write(request_)
        async with asyncio.timeout(5):
            assert (await reader.readline()).startswith(b"HTTP/1.0 400 ")
        writer.close()
        assert await ask(probes, "/livez") == (200, "alive\n")
    assert caplog.messages == []


async def test_a_failure_of_ours_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class BrokenDaemon(WatchedDaemon):
        def snapshot(self) -> Never:
            raise RuntimeError("broken")

    async with Probes(monitor=BrokenDaemon(), port=0) as probes:
        assert (await ask(probes, "/readyz"))[0] == 500
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_a_taken_port_is_named_with_the_variable() -> None:
    async with Probes(monitor=WatchedDaemon(), port=0) as first:
        with pytest.raises(AddressInUse, match=rf"127\.0\.0\.1:{first.port} is taken.*PROBE_PORT"):
            await Probes(monitor=WatchedDaemon(), port=first.port).__aenter__()


async def test_an_address_of_another_machine_is_named_with_the_variable() -> None:
    with pytest.raises(ConfigurationError, match=r"PROBE_HOST: cannot listen on 192\.0\.2\.1"):
        await Probes(monitor=WatchedDaemon(), host="192.0.2.1", port=0).__aenter__()


async def test_by_default_it_listens_on_loopback_only() -> None:
    async with Probes(monitor=WatchedDaemon(), port=0) as probes:
        # The whole of 127/8 is this machine, so another of its addresses stands for another interface.
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.2", probes.port)


async def test_a_newcomer_beyond_the_cap_takes_the_place_of_the_oldest_connection() -> None:
    async with Probes(monitor=WatchedDaemon(), port=0) as probes, AsyncExitStack() as held:
        readers = []
        for _ in range(MAX_CONNECTIONS_OF_PEER):
            reader, writer = await asyncio.open_connection("127.0.0.1", probes.port)
            held.callback(writer.close)
            readers.append(reader)
        assert await ask(probes, "/livez") == (200, "alive\n")
        async with asyncio.timeout(5):
            with suppress(ConnectionResetError):
                assert await readers[0].read() == b""
        assert not any(reader.at_eof() or reader.exception() for reader in readers[1:])


async def test_a_connection_carries_one_request() -> None:
    async with Probes(monitor=WatchedDaemon(), port=0) as probes:
        reader, writer = await asyncio.open_connection("127.0.0.1", probes.port)
        writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        async with asyncio.timeout(5):
            answer = await reader.read()  # to the end
        assert answer.count(b"HTTP/1.1 200 OK") == 1
        assert b"Connection: close" in answer
        writer.close()


async def test_a_connection_that_ends_makes_room_for_another() -> None:
    async with Probes(monitor=WatchedDaemon(), port=0) as probes:
        for _ in range(2 * MAX_CONNECTIONS):
            assert await ask(probes, "/livez") == (200, "alive\n")


async def test_a_flood_is_answered_at_a_pace() -> None:
    daemon = WatchedDaemon()
    loop = asyncio.get_running_loop()

    async def ask_for_ever(session: aiohttp.ClientSession, url: str) -> None:
        while True:
            async with session.get(url) as answer:
                await answer.read()

    async with Probes(monitor=daemon, port=0) as probes, aiohttp.ClientSession() as session:
        begun_at = loop.time()
        askers = [
            asyncio.create_task(ask_for_ever(session, f"http://127.0.0.1:{probes.port}/readyz")) for _ in range(8)
        ]
        await asyncio.sleep(1)
        answered, elapsed = daemon.looks, loop.time() - begun_at
        for asker in askers:
            asker.cancel()
        ends = await asyncio.gather(*askers, return_exceptions=True)
    assert [type(end) for end in ends] == [asyncio.CancelledError] * len(askers)
    assert 1 <= answered <= REQUESTS_PER_SECOND * (2 + elapsed) + 1


async def test_an_idle_connection_does_not_hold_up_closing() -> None:
    async with Probes(monitor=WatchedDaemon(), port=0) as probes:
        _, writer = await asyncio.open_connection("127.0.0.1", probes.port)
        assert await ask(probes, "/livez") == (200, "alive\n")  # so the other one is taken too
        closing_at = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - closing_at < 2
    writer.close()


@pytest.mark.slow
@pytest.mark.parametrize("pace", [1.0, 4.0])
async def test_a_connection_that_drips_its_request_ends_with_its_life(pace: float) -> None:
    async with Probes(monitor=WatchedDaemon(), port=0) as probes:
        reader, writer = await asyncio.open_connection("127.0.0.1", probes.port)
        dripping = asyncio.create_task(drip(writer, pace))
        async with asyncio.timeout(LIFE + 5):
            with suppress(ConnectionResetError):
                await reader.read()  # to the end
        dripping.cancel()
        writer.close()


async def drip(writer: asyncio.StreamWriter, pace: float) -> None:
    writer.write(b"GET /livez HTTP/1.1\r\n")
    while True:
        writer.write(b"X: y\r\n")
        await asyncio.sleep(pace)
