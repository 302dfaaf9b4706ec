"""What an installed package offers as a part of a daemon: an adapter, and the settings that it needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel

from sqsd_core import Clock

if TYPE_CHECKING:
    from sqsd_adapters.cli.settings.settings import Settings

S = TypeVar("S", bound=BaseModel)
P = TypeVar("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What an extension may use in addition to its own settings.

    ``settings`` are those of the daemon or, with several queues, of the queue or worker that the part belongs to. Use
    ``clock`` wherever the part measures time, so that tests in virtual time work.
    """

    settings: "Settings"
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension(Generic[S, P]):
    """The object that an entry point names, in the group of its port.

    ::

        [project.entry-points."sqsd.lock_stores"]
        acme = "acme_locks:extension"

        class AcmeSettings(BaseModel):
            ACME_LOCKS_PATH: Path = Field(description="File of the locks")

        def make(own: AcmeSettings, context: Context) -> FileLocks:
            return FileLocks(path=own.ACME_LOCKS_PATH, clock=context.clock)

        extension = Extension(settings=AcmeSettings, make=make)

    Groups: ``sqsd.queues`` (selected by the scheme of QUEUE_URL), ``sqsd.invokers`` (by INVOKER), ``sqsd.lock_stores``
    (by LOCKER) and ``sqsd.observers`` (by OBSERVERS, a list).

    ``settings`` is a pydantic model with one field per variable, by the variable's name. It is read from the
    environment, or from keywords of ``Settings``; an extension without settings has a model without fields. ``make``
    makes the part, without I/O. It may raise ``ConfigurationError``; any other exception also keeps the daemon from
    starting. The daemon opens and closes a part that is an async context manager.
    """

    settings: type[S]
    make: Callable[[S, Context], P]
