"""A canary fails where its messages are dead letters again, whichever queue they are in, and however early."""

import pytest

from sqsd_adapters.cli.dlq.canary import Canary
from sqsd_adapters.queue.sqs.queues import Queues
from sqsd_adapters.queue.sqs.wire import Shape
from sqsd_adapters.testing.fakes import LoopClock

JOBS = "https://sqs/1/jobs.fifo"
DEAD = "https://sqs/1/dead.fifo"


class Counts:
    """Queues by URL, with their number of messages."""

    def __init__(self, **counts: int) -> None:
        self.counts = {f"https://sqs/1/{name}.fifo": number for name, number in counts.items()}

    async def ask(self, operation: str, request: Shape, *, queue: str = "", wait: float = 0.0) -> Shape:
        assert operation == "GetQueueAttributes"
        return {"Attributes": {"ApproximateNumberOfMessages": str(self.counts[request["QueueUrl"]])}}


def canary(counts: Counts, url: str | None = DEAD) -> Canary:
    return Canary(queues=Queues(admin=counts), url=url, clock=LoopClock(), patience=60.0)


@pytest.mark.parametrize(("left", "succeeded"), [(3, True), (4, False)])
async def test_on_a_fifo_queue_a_message_that_failed_before_the_watch_began_counts(
    left: int, *, succeeded: bool
) -> None:
    counts = Counts(jobs=0, dead=5)
    watch = canary(counts)
    await watch.begin()
    counts.counts[DEAD] = left  # two were taken out
    assert await watch.succeeds({JOBS: {"new-1", "new-2"}}, taken=2) is succeeded


async def test_a_queue_without_a_dead_letter_queue_only_has_to_become_empty() -> None:
    watch = canary(Counts(jobs=0), None)
    await watch.begin()
    assert await watch.succeeds({JOBS: {"new-1"}}, taken=0)
