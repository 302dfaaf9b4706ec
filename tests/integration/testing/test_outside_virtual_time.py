"""Virtual time waits for what the loop cannot see: threads, processes and sockets."""

import asyncio
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from sqsd_adapters.cli import Settings, Sqsd
from sqsd_adapters.lock_store.sqlite import SqliteLockStore
from sqsd_adapters.observer.history.kept import CLOSING, KeptHistory
from sqsd_adapters.observer.otel.flush import flush
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.real_time import in_real_time
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import work_off
from sqsd_adapters.testing.recording_worker import RecordingWorker
from sqsd_adapters.testing.virtual_time import PATIENCE, in_virtual_time
from sqsd_core import Claim, DaemonOptions, Lock, Message, MessageId, RetryLater, Succeeded

pytestmark = pytest.mark.integration

LIMIT = DaemonOptions(invoker_timeout=30.0, wait_time=1.0)


@in_virtual_time
async def test_a_job_in_a_thread_is_not_overtaken_by_its_time_limit() -> None:
    queue = EmbeddedQueue()
    queue.send("order")
    board = await work_off(queue, lambda _: time.sleep(0.2), options=LIMIT)
    assert board.outcomes == {"Succeeded": 1}


@in_virtual_time
async def test_work_in_an_executor_is_not_overtaken_by_a_time_limit() -> None:
    async with asyncio.timeout(30.0):
        await asyncio.to_thread(time.sleep, 0.2)


@in_virtual_time
async def test_a_job_in_a_thread_of_an_embedded_daemon_is_not_overtaken_by_its_time_limit() -> None:
    queue, ended = EmbeddedQueue(), []

    def job(message: Message) -> None:
        time.sleep(0.2)
        ended.append(message.body)

    queue.send("order")
    settings = Settings(QUEUE_URL="memory://jobs", INVOKER_TIMEOUT=30)
    async with Sqsd(settings, queue=queue, invoker=job, clock=LoopClock()) as daemon:
        await asyncio.sleep(60.0)
        assert daemon.snapshot().outcomes == {"Succeeded": 1}
    assert ended == ["order"]


@pytest.mark.parametrize("start", [asyncio.create_subprocess_exec, asyncio.create_subprocess_shell])
@in_virtual_time
async def test_a_job_in_a_process_is_not_overtaken_by_its_time_limit(start: Any) -> None:
    async def job(message: Message) -> None:
        command = ["sleep", "0.2"] if start is asyncio.create_subprocess_exec else ["sleep 0.2"]
        assert await (await start(*command)).wait() == 0

    queue = EmbeddedQueue()
    queue.send("order")
    begin = asyncio.get_running_loop().time()
    board = await work_off(queue, job, options=LIMIT)
    assert board.outcomes == {"Succeeded": 1}
    await asyncio.sleep(3_600.0)  # the process has ended
    assert asyncio.get_running_loop().time() - begin > 3_600.0


@in_virtual_time
async def test_a_thread_of_anothers_is_waited_for_where_the_test_says_so() -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    threading.Timer(0.1, lambda: loop.call_soon_threadsafe(ended.set)).start()
    async with asyncio.timeout(30.0):
        with in_real_time():
            await ended.wait()


@in_virtual_time
async def test_a_lock_store_in_a_file_is_not_overtaken_by_its_time_limit(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "locks", check_same_thread=False)
    store = SqliteLockStore(path=tmp_path / "locks", queue_url="memory://jobs", clock=LoopClock())
    async with store:
        connection.execute("BEGIN IMMEDIATE")
        threading.Timer(0.1, connection.rollback).start()
        assert await store.acquire([Lock(MessageId("a"), "1")], lease=60.0) == [Claim.ACQUIRED]
    connection.close()


@in_virtual_time
async def test_a_history_in_a_file_is_not_overtaken_by_its_time_limits(tmp_path: Path) -> None:
    begin = asyncio.get_running_loop().time()
    async with KeptHistory(clock=LoopClock(), instance="test", size=10, path=tmp_path / "history"):
        pass
    assert asyncio.get_running_loop().time() - begin < CLOSING


@in_virtual_time
async def test_the_end_of_telemetry_is_not_overtaken_by_its_time_limit(caplog: pytest.LogCaptureFixture) -> None:
    def export() -> bool:
        time.sleep(0.1)
        return True

    await flush(export, within=30.0)
    assert "telemetry lost at the end" not in caplog.messages


@in_virtual_time
async def test_an_answer_from_a_socket_is_not_overtaken_by_a_time_limit(recording_worker: RecordingWorker) -> None:
    def answer(_: object) -> int:
        time.sleep(PATIENCE / 2)
        return 200

    async def job(message: Message) -> None:
        reader, writer = await asyncio.open_connection(*recording_worker.address)
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        assert b"200" in await reader.readline()
        writer.close()
        await writer.wait_closed()

    recording_worker.answer = answer
    queue = EmbeddedQueue()
    queue.send("order")
    board = await work_off(queue, job, options=DaemonOptions(invoker_timeout=0.5, wait_time=0.01))
    assert board.outcomes == {"Succeeded": 1}


@in_virtual_time
async def test_an_open_socket_that_is_silent_makes_a_minute_no_minute(recording_worker: RecordingWorker) -> None:
    queue = EmbeddedQueue()
    queue.send("order")
    _, writer = await asyncio.open_connection(*recording_worker.address)
    async with asyncio.timeout(120.0):
        await work_off(queue, ScriptedInvoker({"order": [RetryLater(60.0), Succeeded()]}), within=90.0)
    writer.close()
    await writer.wait_closed()


async def test_in_real_time_an_empty_queue_ends_the_long_poll_that_is_under_way(embedded_queue: EmbeddedQueue) -> None:
    embedded_queue.send("order")
    loop = asyncio.get_running_loop()
    begin = loop.time()
    await work_off(embedded_queue, lambda _: None, options=DaemonOptions(wait_time=20.0))
    assert loop.time() - begin < 10.0
