"""The daemon starts and ends with the program around it, whatever the framework."""

import os
import signal
import threading
import time

import anyio
import pytest
from aiohttp.test_utils import TestClient, TestServer
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command

from examples.embedded_aiohttp import make_app
from examples.embedded_anyio import main
from examples.embedded_starlette import app
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing import until


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> EmbeddedQueue:
    """A queue of this test, with three orders."""
    name = request.node.name.replace("_", "-")[-60:]
    monkeypatch.setenv("QUEUE_URL", f"memory://{name}")
    monkeypatch.setenv("FETCHER_WAIT_TIME", "1s")
    queue = EmbeddedQueue.named(name)
    for number in range(3):
        queue.send(f"order-{number}")
    return queue


ORDERS = ["order-0", "order-1", "order-2"]


async def test_starlette(queue: EmbeddedQueue) -> None:
    async with app.router.lifespan_context(app) as state:
        await until(lambda: queue.is_empty)
    assert state is not None
    assert sorted(state["shipped"]) == ORDERS
    queue.send("late")
    assert queue.visible == 1


async def test_aiohttp(queue: EmbeddedQueue) -> None:
    async with TestClient(TestServer(make_app())) as client:
        await until(lambda: queue.is_empty)
        answer = await client.get("/shipped")
        assert sorted(await answer.json()) == ORDERS
    queue.send("late")
    assert queue.visible == 1


def test_anyio(queue: EmbeddedQueue) -> None:
    assert sorted(anyio.run(main)) == ORDERS
    assert queue.is_empty


def test_a_management_command_of_django(queue: EmbeddedQueue) -> None:
    if not settings.configured:
        settings.configure(CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}})
    from examples.embedded_django import Command  # noqa: PLC0415 - Django wants its settings first

    stopping = threading.Thread(target=_stop_when_empty, args=[queue])
    stopping.start()
    call_command(Command())
    stopping.join()
    assert [cache.get(order) for order in ORDERS] == ["shipped"] * 3


def _stop_when_empty(queue: EmbeddedQueue) -> None:
    while not queue.is_empty:
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGTERM)
