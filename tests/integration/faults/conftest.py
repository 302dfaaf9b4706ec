"""A stage per test, and the lock stores that a row is tested with."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.redis_server import RedisServer, redis_server
from tests.support.stage import Stage, staged

__all__ = ["redis_server"]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as built:
        yield built


@pytest.fixture(params=["memory", "redis"])
async def locker(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """The settings of a lock store: in the daemon's memory, and in a Redis that outlives the daemon."""
    if request.param == "memory":
        yield {"LOCKER": "memory"}
        return
    async with RedisServer(directory=tmp_path) as server:
        yield {"REDIS_LOCKER_URL": server.url}
