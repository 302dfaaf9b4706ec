"""An invoker that opens each message before another one runs it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from sqsd_adapters.invoker.envelope.opener import MessageOpener
from sqsd_core.message import Message
from sqsd_core.outcome import Failed, Outcome
from sqsd_core.ports.invoker import Invoker

if TYPE_CHECKING:
    from sqsd_core.ports.invoker import Batched

BEHIND = Failed("an earlier message of its group could not be opened", invoked=False)


class OpeningInvoker:
    """The ports ``Invoker`` and ``Batched`` around another invoker; the code that opened that closes it."""

    def __init__(self, *, opener: MessageOpener, invoker: Invoker) -> None:
        self._opener = opener
        self._invoker = invoker

    async def invoke(self, message: Message) -> Outcome:
        opened = await self._opener.open(message)
        return await self._invoker.invoke(opened) if isinstance(opened, Message) else opened

    async def invoke_batch(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Run those that could be opened; of a FIFO group none behind one that could not."""
        opened: list[Message | Outcome] = []
        closed: set[str] = set()
        for message in messages:
            each = BEHIND if message.group_id in closed else await self._opener.open(message)
            opened.append(each)
            if not isinstance(each, Message) and message.group_id is not None:
                closed.add(message.group_id)
        ready = [each for each in opened if isinstance(each, Message)]
        outcomes = await cast("Batched", self._invoker).invoke_batch(ready) if ready else ()
        if len(ready) == len(messages) or len(outcomes) != len(ready):
            return outcomes
        rest = iter(outcomes)
        return [next(rest) if isinstance(each, Message) else each for each in opened]
