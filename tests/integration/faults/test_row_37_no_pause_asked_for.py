"""Row 37: a rate limit that says ``Retry-After: 0``, or names a date in the past."""

import asyncio

import pytest

from sqsd_adapters.testing.raw_answers import respond
from sqsd_adapters.testing.raw_worker import RawWorker
from tests.support.command import command
from tests.support.stage import numbered, staged, within

pytestmark = pytest.mark.integration

MESSAGES = 4
WATCHED = 3.0  # seconds


@pytest.mark.parametrize("value", [b"0", b"Wed, 21 Oct 2015 07:28:00 GMT"], ids=["zero", "past"])
@pytest.mark.parametrize("client", ["http11", "httpx"])
async def test_row_37_a_second_passes_between_two_tries(client: str, value: bytes) -> None:
    limited = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: " + value + b"\r\nContent-Length: 0\r\n\r\n"
    async with staged() as stage, RawWorker(respond(limited)) as worker:
        stage.send(numbered(MESSAGES))
        # no back-off of its own: the floor of a second holds all the same
        env = {**stage.env, "INVOKER_URL": worker.url, "INVOKER_PARALLEL_COUNT": "4", "INVOKER_CLIENT": client}
        async with command(env=env):
            await within(20, lambda: len(worker.requests) >= MESSAGES)
            await asyncio.sleep(WATCHED)
            assert len(worker.requests) <= MESSAGES * (WATCHED + 2)
