"""The app and its daemon start and end together."""

import httpx
import pytest

from examples.embedded_fastapi import app
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing import until

QUEUE = "embedded-fastapi"


async def test_messages_are_run_while_the_app_is_up_and_drained_when_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUEUE_URL", f"memory://{QUEUE}")
    monkeypatch.setenv("FETCHER_WAIT_TIME", "1s")
    queue = EmbeddedQueue.named(QUEUE)
    queue.send("order 7")

    async with app.router.lifespan_context(app):
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://app")
        async with client:
            await until(lambda: queue.is_empty)
            assert (await client.get("/shipped")).json() == ["order 7"]
            assert (await client.get("/readyz")).is_success

    assert app.state.daemon.failed is None
    queue.send("order 8")
    assert queue.visible == 1
