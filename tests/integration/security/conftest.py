"""A house around a daemon, and a listener that nobody may come to."""

from collections.abc import AsyncIterator

import pytest

from sqsd_adapters.testing.raw_worker import RawWorker
from tests.integration.cli.conftest import free_port, house

__all__ = ["free_port", "house"]


@pytest.fixture
async def trap() -> AsyncIterator[RawWorker]:
    """Stand in for a metadata service, or whatever else must not be contacted; unseen visits fail the test."""
    async with RawWorker() as trap:
        yield trap
    assert (trap.connections, trap.requests) == (0, [])
