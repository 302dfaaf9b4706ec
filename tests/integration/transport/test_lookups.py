"""A resolver that does not answer, and the threads of asyncio, which jobs use as well."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from sqsd_adapters.lock_store.redis import RedisLockStore
from sqsd_adapters.transport.exchange import NotConnected
from sqsd_adapters.transport.http11 import Http11Exchange
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Lock
from tests.support.moto import sqs_queue

pytestmark = pytest.mark.integration

NAME = "peer.test"
QUEUE_URL = f"http://{NAME}/1/jobs"
LOCK = Lock(MessageId("message"), "ours")
TIMES = 40  # more than the threads of asyncio or libuv


@pytest.fixture(autouse=True)
async def lookups(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    """The threads in which ``NAME`` is looked up; no lookup of it ends before the test does."""
    threads: list[str] = []
    over = threading.Event()
    resolve: Callable[..., Any] = socket.getaddrinfo

    def hang(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
        if host == NAME and not options.get("flags", 0) & socket.AI_NUMERICHOST:
            threads.append(threading.current_thread().name)
            over.wait()
        return resolve(host, port, *arguments, **options)

    monkeypatch.setattr("socket.getaddrinfo", hang)
    yield threads
    over.set()


async def has_a_free_thread() -> None:
    async with asyncio.timeout(5):
        assert await asyncio.to_thread(threading.current_thread) is not threading.current_thread()


async def test_a_worker_whose_name_hangs_takes_no_thread_of_a_job(lookups: list[str]) -> None:
    async with Http11Exchange(url=f"http://{NAME}/", connections=TIMES, connect_timeout=0.05) as worker:
        for _ in range(3):
            outcomes = await asyncio.gather(*(worker.exchange([], b"") for _ in range(TIMES)), return_exceptions=True)
            assert {type(outcome) for outcome in outcomes} == {NotConnected}
        await has_a_free_thread()
    assert lookups == ["sqsd-lookup"]


async def test_a_redis_whose_name_hangs_takes_one_at_most(lookups: list[str]) -> None:
    async with RedisLockStore(url=f"redis://{NAME}", queue_url=QUEUE_URL, timeout=0.05, pause=0.0) as store:
        for _ in range(TIMES):
            with pytest.raises(LockStoreUnavailable):
                await store.acquire([LOCK], lease=60.0)
        await has_a_free_thread()
    assert "sqsd-lookup" in lookups
    assert sum(name != "sqsd-lookup" for name in lookups) <= 1  # none that we see, where uvloop looks it up


@pytest.mark.asyncio(loop_factories=["asyncio"])  # uvloop looks names up in threads that Python does not see
async def test_the_aws_sdk_looks_a_name_up_once_at_a_time(lookups: list[str]) -> None:
    async with sqs_queue(QUEUE_URL, client="aiobotocore") as queue:
        for _ in range(10):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(queue.receive(max_messages=1, wait=0, visibility=30), 0.3)
        await has_a_free_thread()
    assert len(lookups) == 1
