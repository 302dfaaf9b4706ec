"""What code brings along, in place of what the settings name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.conforming import demand, demand_job, demand_observers
from sqsd_adapters.job import Job
from sqsd_core import Clock, LockStore, Observer, Queue


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

    invoker: Job | None = None
    queue: Queue | None = None
    lock_store: LockStore | None = None
    clock: Clock | None = None
    observers: Sequence[Observer] = ()
    #: the connection to the lock server, if this is one process of several under a parent
    parents_locks: object = None
    #: and what protects the ECS task then
    parents_protection: Protection | None = None

    def __post_init__(self) -> None:
        demand_job("invoker", self.invoker)
        for name, port in {"queue": Queue, "lock_store": LockStore, "clock": Clock}.items():
            if (part := getattr(self, name)) is not None:
                demand(name, part, port)
        demand_observers(self.observers)

    def made(self, adapter: object) -> bool:
        """Whether code brought this adapter along."""
        return any(adapter is given for given in (self.queue, self.lock_store, *self.observers))


def demand_settings(settings: object) -> None:
    """Raise TypeError where a mapping or a URL is passed, or the class."""
    if not isinstance(settings, Settings):
        got = f"the class {settings.__qualname__}" if isinstance(settings, type) else type(settings).__qualname__
        raise TypeError(f"settings: expected sqsd.Settings(...), got {got}")


NOTHING = Given()
