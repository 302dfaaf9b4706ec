"""A pass over a dead-letter queue that takes longer than its messages stay hidden."""

from typing import Any

import pytest

from sqsd_adapters.cli.dlq.reader import Reader
from sqsd_adapters.queue.sqs.queues import Queues
from sqsd_adapters.queue.sqs.wire import Shape


class Receives:
    """Answers receives from a script, whose last answers repeat."""

    def __init__(self, *ids: range) -> None:
        self._ids = [*ids]

    async def ask(self, operation: str, request: Shape, *, queue: str = "", wait: float = 0.0) -> Shape:
        if operation != "ReceiveMessage":
            return {}
        ids = self._ids.pop(0)
        self._ids.append(ids)
        messages: list[dict[str, Any]] = [
            {"MessageId": str(each), "ReceiptHandle": f"r{each}", "Body": "x"} for each in ids
        ]
        return {"Messages": messages}


@pytest.mark.parametrize("held", [40, 100])
async def test_messages_that_are_visible_again_do_not_end_the_pass_before_the_last_message(held: int) -> None:
    tens = [range(first, first + 10) for first in range(0, held, 10)]
    found = 0
    async with Reader(
        queues=Queues(admin=Receives(*tens, *tens, range(1_000, 1_001))), url="https://sqs/1/d"
    ) as reader:
        async for batch in reader.batches():
            found += len(batch)
    assert found == held + 1
