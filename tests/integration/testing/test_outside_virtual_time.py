"""Virtual time waits for what the loop cannot see: threads and sockets."""

import asyncio
import time

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import ScriptedInvoker
from sqsd_adapters.testing.harness import work_off
from sqsd_adapters.testing.recording_worker import RecordingWorker
from sqsd_adapters.testing.virtual_time import PATIENCE, in_virtual_time
from sqsd_core import DaemonOptions, Message, RetryLater, Succeeded

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
