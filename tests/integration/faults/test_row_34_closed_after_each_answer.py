"""Row 34: the worker closes after each answer and does not say so, as uWSGI's http-socket does."""

from collections import Counter

import pytest

from sqsd_adapters.testing.raw_answers import Answer, Connection, respond_and_close
from sqsd_adapters.testing.raw_worker import RawWorker, body_of
from tests.support.command import command
from tests.support.stage import numbered, staged, within

pytestmark = pytest.mark.integration

DELIVERIES = 100


def close_when_asked_again() -> Answer:
    """Answer, and close in the very moment in which the next request comes."""

    async def answer(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await connection.reader.read(1)
        connection.close()

    return answer


@pytest.mark.parametrize("client", ["http11", "httpx"])
@pytest.mark.parametrize("slots", [1, 8])
@pytest.mark.parametrize("answer", [respond_and_close(), close_when_asked_again()], ids=["at once", "when asked again"])
async def test_row_34_at_most_one_delivery_is_repeated_and_none_has_failed(
    answer: Answer, slots: int, client: str
) -> None:
    async with staged() as stage, RawWorker(answer) as worker:
        sent = stage.send(numbered(DELIVERIES))
        env = {
            **stage.env,
            "INVOKER_URL": worker.url,
            "INVOKER_PARALLEL_COUNT": str(slots),
            "INVOKER_CLIENT": client,
        }
        async with command(env=env) as daemon:
            await within(20, lambda: stage.queue.is_empty)
            ended = await daemon.drained()
    bodies = Counter(body_of(request).decode() for request in worker.requests)
    assert set(bodies) == set(sent)
    assert ended.stdout.count('"job failed"') == 0
    assert ended.stdout.count('"job asked for a retry"') <= 1
