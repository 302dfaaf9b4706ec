"""In each framework the daemon starts and ends with the program."""

import anyio
import pytest
from aiohttp import web

from examples import embedded_starlette
from examples.embedded_aiohttp import SHIPPED, application
from examples.embedded_anyio import ship_until
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing import until


@pytest.fixture
def queue(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> EmbeddedQueue:
    name = f"embedded-{request.node.name}"
    monkeypatch.setenv("QUEUE_URL", f"memory://{name}")
    monkeypatch.setenv("FETCHER_WAIT_TIME", "1s")
    queue = EmbeddedQueue.named(name)
    queue.send("order 7")
    return queue


async def test_starlette(queue: EmbeddedQueue) -> None:
    app = embedded_starlette.app
    async with app.router.lifespan_context(app):
        await until(lambda: queue.is_empty)
    assert app.state.shipped == ["order 7"]
    queue.send("order 8")
    assert queue.visible == 1


async def test_aiohttp(queue: EmbeddedQueue) -> None:
    app = application()
    runner = web.AppRunner(app)
    await runner.setup()
    await until(lambda: queue.is_empty)
    await runner.cleanup()
    assert app[SHIPPED] == ["order 7"]
    queue.send("order 8")
    assert queue.visible == 1


def test_anyio(queue: EmbeddedQueue) -> None:
    shipped: list[str] = []

    async def main() -> None:
        enough = anyio.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(ship_until, enough, shipped)
            await until(lambda: queue.is_empty)
            enough.set()

    anyio.run(main, backend="asyncio")
    assert shipped == ["order 7"]
    queue.send("order 8")
    assert queue.visible == 1


def test_a_cancelled_scope_of_anyio_ends_the_daemon(queue: EmbeddedQueue) -> None:
    shipped: list[str] = []

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(ship_until, anyio.Event(), shipped)
            await until(lambda: queue.is_empty)
            group.cancel_scope.cancel()

    anyio.run(main, backend="asyncio")
    queue.send("order 8")
    assert (shipped, queue.visible) == (["order 7"], 1)
