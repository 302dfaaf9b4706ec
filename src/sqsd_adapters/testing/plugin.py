"""The pytest plugin: fixtures for tests of jobs, and of code that sends messages."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

# Imported where used: pytest loads the plugin in every run, even if no test uses it.
if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqsd_adapters.queue.embedded.queue import EmbeddedQueue


@pytest.fixture
def embedded_queue() -> EmbeddedQueue:
    """An empty queue in memory, for a daemon in the test: ``await work_off(embedded_queue, job)``."""
    from sqsd_adapters.queue.embedded.queue import EmbeddedQueue  # noqa: PLC0415 - see above

    return EmbeddedQueue()


@pytest.fixture
def embedded_sqs() -> Iterator[str]:
    """The URL of an SQS on loopback, for code that sends with an AWS SDK (``endpoint_url=embedded_sqs``).

    It has no queue at first, and accepts any credentials. It runs in a thread, so it serves blocking clients too.
    """
    started: list[str] = []
    running = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer  # noqa: PLC0415 - see above

        async with EmbeddedSqsServer() as server:
            started.append(server.url)
            running.set()
            await stop.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        finally:
            running.set()
            loop.close()

    thread = threading.Thread(target=run, name="embedded-sqs", daemon=True)
    thread.start()
    running.wait()
    if not started:
        pytest.fail("the embedded SQS did not start")
    yield started[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join()
