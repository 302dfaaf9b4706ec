"""Jobs that are Python callables, called with several messages at once."""

from collections.abc import Callable, Sequence
from typing import Any, Never

import pytest

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.invoker.callable import CallableInvoker
from sqsd_core.errors import RetryMessage
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, RetryLater, Succeeded

MESSAGES = [Message(id=MessageId(name), receipt=ReceiptHandle(name), body="") for name in ("a", "b")]

Job = Callable[[list[Message]], Any]


def in_a_thread(job: Job) -> Job:
    return job


def in_the_loop(job: Job) -> Job:
    async def run(messages: list[Message]) -> object:
        return job(messages)

    return run


@pytest.mark.parametrize("where", [in_a_thread, in_the_loop])
async def test_a_job_gets_a_list_and_answers_for_each_message(where: Callable[[Job], Job]) -> None:
    seen: list[object] = []

    def job(messages: list[Message]) -> list[object]:
        seen.append(messages)
        return [None, RetryLater(5.0)]

    async with CallableInvoker(target=where(job), batches=True) as invoker:
        assert await invoker.invoke_batch(tuple(MESSAGES)) == [Succeeded(), RetryLater(5.0)]
    assert seen == [MESSAGES]


@pytest.mark.parametrize("where", [in_a_thread, in_the_loop])
async def test_what_a_job_raises_holds_for_each_message(where: Callable[[Job], Job]) -> None:
    def job(messages: list[Message]) -> Never:
        raise RetryMessage(after=5.0, reason="busy")

    async with CallableInvoker(target=where(job), batches=True) as invoker:
        assert await invoker.invoke_batch(MESSAGES) == [RetryLater(5.0, "busy")] * 2


class OfBatches:
    async def invoke_batch(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        return [Failed(f"one of {len(messages)}") for _ in messages]


class OfMessages:
    async def invoke(self, message: Message) -> Outcome:
        return Succeeded()


async def test_an_invoker_of_batches_is_called_by_its_method() -> None:
    async with CallableInvoker(target=OfBatches, batches=True) as invoker:
        assert await invoker.invoke_batch(MESSAGES) == [Failed("one of 2")] * 2


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        (OfBatches, "OfBatches has no method invoke, which INVOKER_BATCH_SIZE=1 needs"),
        (OfMessages, "OfMessages has no method invoke_batch, which INVOKER_BATCH_SIZE above 1 needs"),
    ],
)
def test_an_invoker_without_the_method_that_is_needed_is_refused(target: type, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        CallableInvoker(target=target, batches=target is OfMessages)
