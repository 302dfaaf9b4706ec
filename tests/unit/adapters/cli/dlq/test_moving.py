"""SQS's move task is watched although SQS does not always answer, and is cancelled whenever Ctrl-C comes."""

import asyncio
from typing import Any

import pytest

from sqsd_adapters.cli.dlq.moving import Moving
from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.queue.sqs.queues import Queues
from sqsd_adapters.queue.sqs.wire import Shape
from sqsd_core.errors import QueueUnavailable

COMPLETED = {"Status": "COMPLETED", "ApproximateNumberOfMessagesMoved": 3}


class MovingSqs:
    """Answers ListMessageMoveTasks from a script; the last answer repeats."""

    def __init__(self, *answers: Exception | list[dict[str, Any]]) -> None:
        self._answers = [*answers]
        self.cancelled: list[str] = []

    async def ask(self, operation: str, request: Shape, *, queue: str = "", wait: float = 0.0) -> Shape:
        match operation:
            case "GetQueueAttributes":
                return {"Attributes": {"QueueArn": "arn:aws:sqs:eu-west-1:1:dead"}}
            case "StartMessageMoveTask":
                await asyncio.sleep(1.0)
                return {"TaskHandle": "handle"}
            case "CancelMessageMoveTask":
                self.cancelled.append(request["TaskHandle"])
                return {}
            case _:
                return self._list()

    def _list(self) -> Shape:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return {"Results": answer}


async def moved(sqs: MovingSqs) -> int:
    moving = Moving(queues=Queues(admin=sqs), url="https://sqs/1/dead")
    return await moving.run(to=None, rate=None, wait=True, as_json=False)


async def test_a_look_that_fails_and_a_task_that_is_not_listed_yet_do_not_end_the_watch() -> None:
    assert await moved(MovingSqs([], QueueUnavailable("Throttling"), [COMPLETED])) == Exit.DONE


async def test_where_sqs_stays_away_the_command_says_that_the_task_goes_on() -> None:
    with pytest.raises(QueueUnavailable, match="Throttling; the move task goes on, and `sqsd dlq redrive --cancel`"):
        await moved(MovingSqs(QueueUnavailable("Throttling")))


@pytest.mark.parametrize("after", [0.5, 5.0], ids=["while it is started", "while it runs"])
async def test_an_interruption_cancels_the_task(after: float) -> None:
    sqs = MovingSqs([{"Status": "RUNNING"}])
    task = asyncio.ensure_future(moved(sqs))
    await asyncio.sleep(after)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sqs.cancelled == ["handle"]
