"""Opens messages, one at a time: out of SNS's envelope, then the body from S3."""

from typing import Protocol

from sqsd_adapters.invoker.envelope.s3_pointer import Pointer, pointer_in
from sqsd_adapters.invoker.envelope.sns import unwrapped
from sqsd_adapters.printable import printable
from sqsd_core.flow.troubles import Troubles, about
from sqsd_core.message import Message
from sqsd_core.outcome import Outcome
from sqsd_core.ports.clock import Clock

MAX_NAMES = 300  # characters


class Payloads(Protocol):
    """Fetches bodies that are elsewhere."""

    async def fetch(self, message: Message, pointer: Pointer) -> Message | Outcome:
        """The message with its body; the outcome of a message whose body cannot be had."""
        ...


class MessageOpener:
    """What stands between a delivery and its invocation; never raises for what a message holds."""

    def __init__(self, *, clock: Clock, sns: bool = False, payloads: Payloads | None = None, queue: str = "") -> None:
        """``queue`` is the name of the queue's table, for the log."""
        self._troubles = Troubles(clock=clock, about=about(queue=queue))
        self._sns = sns
        self._payloads = payloads

    async def open(self, message: Message) -> Message | Outcome:
        """The message to invoke, or the outcome that it gets without an invocation."""
        if self._sns:
            message = self._unwrap(message)
        if self._payloads is not None and (pointer := pointer_in(message)) is not None:
            return await self._payloads.fetch(message, pointer)
        return message

    def _unwrap(self, message: Message) -> Message:
        opened, unread = unwrapped(message)
        if unread:
            names = printable(", ".join(unread), MAX_NAMES)
            self._troubles.note(
                "attributes dropped: not readable in the SNS envelope", message_id=message.id, names=names
            )
        return opened
