"""A queue for each test, in the loop's own time."""

import pytest_asyncio

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock


@pytest_asyncio.fixture
async def queue() -> EmbeddedQueue:
    return EmbeddedQueue(clock=LoopClock())
