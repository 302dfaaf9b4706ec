"""An invoker that opens each message before another one runs it."""

from sqsd_adapters.invoker.envelope.opener import MessageOpener
from sqsd_core.message import Message
from sqsd_core.outcome import Outcome
from sqsd_core.ports.invoker import Invoker


class OpeningInvoker:
    """The port ``Invoker`` around another one; the code that opened that closes it."""

    def __init__(self, *, opener: MessageOpener, invoker: Invoker) -> None:
        self._opener = opener
        self._invoker = invoker

    async def invoke(self, message: Message) -> Outcome:
        opened = await self._opener.open(message)
        return await self._invoker.invoke(opened) if isinstance(opened, Message) else opened
