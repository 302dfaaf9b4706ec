"""Extensions as a package of others would have them, and the package's metadata, which names them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field, SecretStr, model_validator

from sqsd import Context, Extension, LockStore, Message, Observer, Queue
from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue


class AcmeSettings(BaseModel):
    """What the lock store needs."""

    ACME_URL: str = Field(description="URL of the Acme server")
    ACME_TOKEN: SecretStr | None = Field(None, min_length=8, description="Token for the Acme server")
    ACME_RETRIES: int = Field(3, ge=0, description="Number of retries of a call")


class Unset(BaseModel):
    """An extension without settings."""


class AcmeLocks(MemoryLockStore):
    """A lock store that counts how often it is open."""

    opened = 0

    def __init__(self, own: AcmeSettings, context: Context) -> None:
        super().__init__(clock=context.clock)
        self.own = own
        self.queue_url = context.settings.QUEUE_URL

    async def __aenter__(self) -> Self:
        self.opened += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self.opened -= 1


class Recorder(Observer):
    """An invoker and an observer: notes the bodies that it runs, and those that it is told of."""

    open = False
    ran: tuple[str, ...] = ()
    told: tuple[str, ...] = ()

    async def __aenter__(self) -> Self:
        self.open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self.open = False

    async def __call__(self, message: Message) -> None:
        assert self.open
        self.ran += (message.body,)

    def started(self, queue: str, message: Message, at: float) -> None:
        assert self.open
        self.told += (message.body,)


def make_locks(own: AcmeSettings, context: Context) -> LockStore:
    return AcmeLocks(own, context)


def make_queue(own: Unset, context: Context) -> Queue:
    del own
    return EmbeddedQueue(name=context.settings.QUEUE_URL.rpartition("/")[2], clock=context.clock)


def make_recorder(own: Unset, context: Context) -> Recorder:
    del own, context
    return Recorder()


def fail(own: AcmeSettings, context: Context) -> LockStore:
    del context
    raise LookupError(f"no such server: {own.ACME_URL} {own.ACME_TOKEN.get_secret_value() if own.ACME_TOKEN else ''}")


def make_nonsense(own: Unset, context: Context) -> object:
    del own, context
    return "no adapter"


class Demanding(Unset):
    """Settings with a rule between them."""

    @model_validator(mode="after")
    def _demand(self) -> Self:
        raise ValueError("the moon must be full")


lock_store = Extension(settings=AcmeSettings, make=make_locks)
queue = Extension(settings=Unset, make=make_queue)
recorder = Extension(settings=Unset, make=make_recorder)
failing = Extension(settings=AcmeSettings, make=fail)
nonsense = Extension(settings=Unset, make=make_nonsense)
demanding = Extension(settings=Demanding, make=make_queue)

ALL = {
    "sqsd.queues": "queue",
    "sqsd.invokers": "recorder",
    "sqsd.lock_stores": "lock_store",
    "sqsd.observers": "recorder",
}


def offer(directory: Path, points: Mapping[str, str] = ALL, *, name: str = "acme", package: str = "acme-sqsd") -> Path:
    """Write what pip would: a package whose entry points of this name are attributes of this module."""
    metadata = directory / f"{package.replace('-', '_')}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    groups = [f"[{group}]\n{name} = {_path(target)}\n" for group, target in points.items()]
    (metadata / "entry_points.txt").write_text("\n".join(groups))
    return directory


def _path(target: str) -> str:
    return target if ":" in target else f"tests.support.acme:{target}"
