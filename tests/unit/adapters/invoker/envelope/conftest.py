"""Tests of opened messages run in virtual time: nothing here waits for a socket or a thread."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from sqsd_adapters.testing.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"virtual": VirtualTimeLoop}
