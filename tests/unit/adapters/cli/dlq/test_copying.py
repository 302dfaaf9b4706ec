"""Copying dead letters: sent first, deleted after, whatever happens in between."""

import asyncio
from typing import Any

import pytest

from sqsd_adapters.cli.dlq.choice import Choice
from sqsd_adapters.cli.dlq.copying import MAX_BYTES, Copying, Tally, batched
from sqsd_adapters.cli.dlq.letter import DeadLetter
from sqsd_adapters.cli.dlq.reader import Reader
from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.queue.sqs.queues import Queues
from sqsd_adapters.queue.sqs.wire import Shape
from sqsd_core.errors import QueueUnavailable


class Sqs:
    """Two queues of any name; messages that are received are hidden until they are put back."""

    def __init__(self, *bodies: str, group: str | None = None) -> None:
        attributes = {} if group is None else {"MessageGroupId": group}
        self.visible: dict[str, Any] = {
            str(index): {"MessageId": str(index), "ReceiptHandle": str(index), "Body": body, "Attributes": attributes}
            for index, body in enumerate(bodies)
        }
        self.hidden: dict[str, Any] = {}
        self.sent: list[str] = []
        self.events: list[str] = []
        #: bodies that SQS refuses
        self.refused: set[str] = set()
        self.lets_send = asyncio.Event()
        self.lets_send.set()
        self.sending = asyncio.Event()
        self.deletes = True

    async def ask(self, operation: str, request: Shape, *, queue: str = "", wait: float = 0.0) -> Shape:
        self.events.append(operation)
        answer: Shape = await getattr(self, f"_{operation}")(request)
        return answer

    async def _ReceiveMessage(self, request: Shape) -> Shape:  # noqa: N802
        taken = list(self.visible)[: request["MaxNumberOfMessages"]]
        messages = [self.visible.pop(each) for each in taken]
        self.hidden.update((each["MessageId"], each) for each in messages)
        return {"Messages": messages}

    async def _SendMessageBatch(self, request: Shape) -> Shape:  # noqa: N802
        self.sending.set()
        await self.lets_send.wait()
        entries: list[dict[str, Any]] = request["Entries"]
        done = [each for each in entries if each["MessageBody"] not in self.refused]
        self.sent += [each["MessageBody"] for each in done]
        return {
            "Successful": [{"Id": each["Id"], "MessageId": f"new-{each['MessageBody']}"} for each in done],
            "Failed": [{"Id": each["Id"], "Code": "Bad"} for each in entries if each not in done],
        }

    async def _DeleteMessageBatch(self, request: Shape) -> Shape:  # noqa: N802
        if not self.deletes:
            raise QueueUnavailable
        for entry in request["Entries"]:
            del self.hidden[entry["ReceiptHandle"]]
        return {"Successful": [{"Id": each["Id"]} for each in request["Entries"]]}

    async def _ChangeMessageVisibilityBatch(self, request: Shape) -> Shape:  # noqa: N802
        for entry in request["Entries"]:
            if (message := self.hidden.pop(entry["ReceiptHandle"], None)) is not None:
                self.visible[entry["ReceiptHandle"]] = message
        return {}


async def copied(sqs: Sqs, *, to: str = "https://sqs/1/jobs", **options: Any) -> Tally:
    queues, tally = Queues(admin=sqs), Tally()

    async def target(_: DeadLetter) -> str:
        return to

    async with Reader(queues=queues, url="https://sqs/1/dead") as reader:
        settings = {"choice": Choice(), "tally": tally, "on_progress": lambda _: None, **options}
        await Copying(queues=queues, clock=SystemClock(), reader=reader, target=target, **settings).run()
    return tally


async def test_each_message_is_sent_and_then_deleted() -> None:
    sqs = Sqs("a", "b")
    tally = await copied(sqs)
    assert (tally.moved, sqs.sent, sqs.hidden, sqs.visible) == (2, ["a", "b"], {}, {})
    assert sqs.events[:3] == ["ReceiveMessage", "SendMessageBatch", "DeleteMessageBatch"]


async def test_what_is_not_chosen_is_visible_again() -> None:
    sqs = Sqs("good", "bad")
    tally = await copied(sqs, choice=Choice(body="good"))
    assert (tally.moved, tally.left, sqs.sent) == (1, 1, ["good"])
    assert [each["Body"] for each in sqs.visible.values()] == ["bad"]


async def test_a_limit_leaves_the_rest_visible() -> None:
    sqs = Sqs(*"abcdefghijklmno")
    assert (await copied(sqs, most=3)).moved == 3
    assert (len(sqs.sent), len(sqs.visible)) == (3, 12)


async def test_an_interruption_waits_until_what_was_sent_is_deleted() -> None:
    sqs = Sqs("a")
    sqs.lets_send.clear()
    task = asyncio.ensure_future(copied(sqs))
    await sqs.sending.wait()
    task.cancel()
    await asyncio.sleep(0)
    sqs.lets_send.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (sqs.sent, sqs.hidden, sqs.visible) == (["a"], {}, {})


async def test_what_sqs_refuses_to_take_stays() -> None:
    sqs = Sqs("a", "odd", "c")
    sqs.refused = {"odd"}
    tally = await copied(sqs)
    assert (tally.moved, dict(tally.refused), sqs.sent) == (2, {"Bad": 1}, ["a", "c"])
    assert [each["Body"] for each in sqs.visible.values()] == ["odd"]


async def test_on_a_fifo_queue_nothing_goes_ahead_of_a_refused_message_of_its_group() -> None:
    sqs = Sqs("a", "odd", "c", group="g")
    sqs.refused = {"odd"}
    tally = await copied(sqs, to="https://sqs/1/jobs.fifo")
    assert (sqs.sent, tally.moved, tally.refused.total()) == (["a"], 1, 2)


async def test_a_message_whose_deletion_fails_stays_in_both_queues() -> None:
    sqs = Sqs("a")
    sqs.deletes = False
    with pytest.raises(QueueUnavailable):
        await copied(sqs)
    assert (sqs.sent, len(sqs.hidden)) == (["a"], 1)


def test_a_batch_holds_no_more_than_sqs_takes() -> None:
    letters = [DeadLetter.parse({"Body": "x" * size}) for size in (MAX_BYTES, MAX_BYTES - 1, 1, 1)]
    assert [len(batch) for batch in batched(letters, at_most=10)] == [1, 2, 1]
    assert [len(batch) for batch in batched(letters[2:], at_most=1)] == [1, 1]
