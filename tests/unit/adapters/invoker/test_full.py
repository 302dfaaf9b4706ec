"""A job that says that what it needs is full, as docs/pace.md shows it."""

from dataclasses import dataclass

from sqsd_adapters.invoker.callable import CallableInvoker
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_adapters.testing.virtual_time import in_virtual_time
from sqsd_core import DaemonOptions, Failed, Message, Outcome, RetryLater, Succeeded


@dataclass
class Answer:
    status: int
    retry_after: float = 5.0


class Carrier:
    """Is full at first."""

    def __init__(self) -> None:
        self.answers = [429, 500]
        self.seen: list[int] = []

    async def post(self, body: str) -> Answer:
        del body
        self.seen.append(self.answers.pop(0) if self.answers else 200)
        return Answer(self.seen[-1])


carrier = Carrier()


async def ship(message: Message) -> Outcome:
    answer = await carrier.post(message.body)
    if answer.status == 429:
        return RetryLater(answer.retry_after, "the carrier is full", full=True)
    return Succeeded() if answer.status == 200 else Failed(f"status {answer.status}")


@in_virtual_time
async def test_a_job_that_is_full_gets_fewer_slots_and_its_messages_come_back() -> None:
    queue = EmbeddedQueue()
    for number in range(4):
        queue.send(str(number))
    daemon = make_daemon(
        queue=queue, invoker=CallableInvoker(target=ship), options=DaemonOptions(slots=4, adaptive=True)
    )

    async with running(daemon):
        await until(lambda: len(carrier.seen) == 4)
        assert daemon.snapshot().workers[""].usable == 2
        await until(lambda: queue.is_empty)
        daemon.drain()

    assert carrier.seen == [429, 500, 200, 200, 200, 200]
