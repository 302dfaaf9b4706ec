"""Embedded daemons run in virtual time: the loop's clock is theirs, and the queue's."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"virtual": VirtualTimeLoop}


@pytest.fixture
def queue() -> EmbeddedQueue:
    return EmbeddedQueue()
