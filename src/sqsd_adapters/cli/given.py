"""What code brings along, in place of what the settings name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import isawaitable, iscoroutine
from typing import Protocol

from sqsd_adapters.cli.conforming import misfit
from sqsd_adapters.cli.settings import Settings
from sqsd_core import Batched, Clock, Invoker, LockStore, Message, Observer, Queue

#: whatever INVOKER can name: an Invoker, a function, or a class of either
GivenInvoker = (
    Invoker
    | Batched
    | Callable[[Message], object]
    | Callable[[list[Message]], object]
    | type[Invoker]
    | type[Batched]
    | None
)


class Protection(Protocol):
    """Keeps messages from starting while the ECS task may be scaled in."""

    async def ensure(self, *, within: float) -> None:
        """Return once the task is protected, once that is known to fail, or after ``within`` seconds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Parts that are made already. The code that made them opens and closes them; a function or a class is opened here.

    None: the settings decide.

    Raises:
        TypeError: a part has not the methods of its port.
    """

    invoker: GivenInvoker = None
    queue: Queue | None = None
    lock_store: LockStore | None = None
    clock: Clock | None = None
    observers: Sequence[Observer] = ()
    #: the connection to the lock server, if this is one process of several under a parent
    parents_locks: object = None
    #: and what protects the ECS task then
    parents_protection: Protection | None = None

    def __post_init__(self) -> None:
        if isawaitable(self.invoker):
            if iscoroutine(self.invoker):
                self.invoker.close()  # or Python warns that nobody has awaited it
            raise TypeError(
                "invoker: expected a function or an Invoker, got what an async function returns: do not call it"
            )
        _demand("queue", self.queue, Queue)
        _demand("lock_store", self.lock_store, LockStore)
        _demand("clock", self.clock, Clock)
        if not isinstance(self.observers, Sequence):
            raise TypeError(f"observers: expected a sequence of observers, got {type(self.observers).__qualname__}")
        for observer in self.observers:
            _demand("observers", observer, Observer)

    def made(self, adapter: object) -> bool:
        """Whether code brought this adapter along."""
        return any(adapter is given for given in (self.queue, self.lock_store, *self.observers))


def demand_settings(settings: object) -> None:
    """Raise TypeError where a mapping or a URL is passed, or the class."""
    if not isinstance(settings, Settings):
        got = f"the class {settings.__qualname__}" if isinstance(settings, type) else type(settings).__qualname__
        raise TypeError(f"settings: expected sqsd.Settings(...), got {got}")


def _demand(parameter: str, part: object, port: type) -> None:
    if part is not None and (reason := misfit(part, port)):
        raise TypeError(f"{parameter}: {reason}")


NOTHING = Given()
