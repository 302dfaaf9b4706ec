"""Row 35: the worker answers and closes, with a large body unread."""

import pytest

from tests.support.command import command
from tests.support.hasty_worker import HastyWorker
from tests.support.stage import staged, within

pytestmark = pytest.mark.integration

MESSAGES = 10


@pytest.mark.parametrize("client", ["http11", "httpx"])
@pytest.mark.parametrize("size", [10_000, 100_000, 1_000_000])
async def test_row_35_the_answer_counts_and_not_the_reset_behind_it(size: int, client: str) -> None:
    async with staged() as stage:
        with HastyWorker() as worker:
            stage.send("x" * size for _ in range(MESSAGES))
            env = {
                **stage.env,
                "INVOKER_URL": worker.url,
                "INVOKER_PARALLEL_COUNT": "2",
                "INVOKER_CLIENT": client,
            }
            async with command(env=env) as daemon:
                await within(20, lambda: stage.queue.is_empty)
                ended = await daemon.drained()
    assert worker.answered == MESSAGES
    assert "job failed" not in ended.stdout
