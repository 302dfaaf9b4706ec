"""Messages of a batch are opened one by one; those that cannot be opened do not run."""

from collections.abc import Sequence

from sqsd_adapters.invoker.envelope.invoker import BEHIND, OpeningInvoker
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, Succeeded

GONE = Failed("the body is gone")


class Opener:
    """Opens each message that does not say "gone"."""

    async def open(self, message: Message) -> Message | Outcome:
        return GONE if message.body == "gone" else message._replace(body=message.body.upper())


class Batches:
    """Answers with the bodies that it was called with."""

    def __init__(self) -> None:
        self.bodies: list[str] = []

    async def invoke(self, message: Message) -> Outcome:
        raise AssertionError

    async def invoke_batch(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        self.bodies += [message.body for message in messages]
        return [Failed(message.body) if message.body == "BAD" else Succeeded() for message in messages]


def messages(*bodies: str, group: str | None = None) -> list[Message]:
    return [Message(id=MessageId(body), receipt=ReceiptHandle(body), body=body, group_id=group) for body in bodies]


async def invoked(batch: list[Message]) -> tuple[list[str], Sequence[Outcome]]:
    inner = Batches()
    outcomes = await OpeningInvoker(opener=Opener(), invoker=inner).invoke_batch(batch)  # type: ignore[arg-type]
    return inner.bodies, outcomes


async def test_each_message_is_opened_and_has_its_own_outcome() -> None:
    assert await invoked(messages("a", "gone", "bad", "b")) == (
        ["A", "BAD", "B"],
        [Succeeded(), GONE, Failed("BAD"), Succeeded()],
    )


async def test_behind_one_that_cannot_be_opened_its_group_does_not_run() -> None:
    batch = [*messages("a", "gone", "b", group="red"), *messages("c", group="blue")]

    assert await invoked(batch) == (["A", "C"], [Succeeded(), GONE, BEHIND, Succeeded()])
    assert not BEHIND.invoked  # else the breaker takes it for an answer of the worker


async def test_without_a_message_that_can_be_opened_nothing_is_invoked() -> None:
    assert await invoked(messages("gone")) == ([], [GONE])
