"""What a job can be, for type checkers: as a callable, as an object with a method, or as a class of either."""

from collections.abc import Callable
from typing import Protocol

from sqsd_core.message import Message


class Invokes(Protocol):
    """Has the method of an Invoker; it may be a plain one, and return what a function may return."""

    def invoke(self, message: Message, /) -> object: ...


class InvokesBatches(Protocol):
    """Has the method of an invoker of batches, likewise."""

    def invoke_batch(self, messages: list[Message], /) -> object: ...


class TakesMessage(Protocol):
    """Can be called with a message."""

    def __call__(self, message: Message, /) -> object: ...


class TakesMessages(Protocol):
    """Can be called with the messages of a batch."""

    def __call__(self, messages: list[Message], /) -> object: ...


#: whatever INVOKER can name; with a batch size above 1, it takes a list of messages
Job = (
    Invokes
    | InvokesBatches
    | Callable[[Message], object]
    | Callable[[list[Message]], object]
    | type[Invokes]
    | type[InvokesBatches]
    | type[TakesMessage]
    | type[TakesMessages]
)
