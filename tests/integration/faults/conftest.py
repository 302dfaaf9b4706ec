"""A stage per test, and the lock stores that a row is tested with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.redis_server import RedisServer, redis_server
from tests.support.stage import Stage, staged

__all__ = ["redis_server"]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as built:
        yield built


@pytest.fixture(params=["memory", "sqlite", "redis"])
async def locker(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """The settings of a lock store: in the daemon's memory, and where it outlives the daemon."""
    async with _settings(request.param, tmp_path) as settings:
        yield settings


@pytest.fixture(params=["sqlite", "redis"])
async def shared_locker(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """The settings of a lock store that several daemons share."""
    async with _settings(request.param, tmp_path) as settings:
        yield settings


@asynccontextmanager
async def _settings(locker: str, directory: Path) -> AsyncIterator[dict[str, str]]:
    match locker:
        case "redis":
            async with RedisServer(directory=directory) as server:
                yield {"REDIS_LOCKER_URL": server.url}
        case "sqlite":
            yield {"SQLITE_LOCKER_PATH": str(directory / "locks.sqlite")}
        case _:
            yield {"LOCKER": locker}
