"""What code brings along, in place of what the settings name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Parts that are made already. The code that made them opens and closes them; a function or a class is opened here.

    None: the settings decide.
    """

    invoker: GivenInvoker = None
    queue: Queue | None = None
    lock_store: LockStore | None = None
    clock: Clock | None = None
    observers: Sequence[Observer] = ()
    #: the connection to the lock server, if this is one process of several under a parent
    parents_locks: object = None

    def made(self, adapter: object) -> bool:
        """Whether code brought this adapter along."""
        return any(adapter is given for given in (self.queue, self.lock_store, *self.observers))


NOTHING = Given()
