"""Settings in code, and parts of one's own in an embedded daemon."""

from datetime import timedelta
from typing import Self

from sqsd import Message, Settings, Sqsd
from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.testing import EmbeddedQueue, LoopClock, until


class PooledLocks(MemoryLockStore):
    """Stands for a lock store with connections: it has to be opened."""

    is_open = False

    def __init__(self) -> None:
        super().__init__(clock=LoopClock())

    async def __aenter__(self) -> Self:
        self.is_open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self.is_open = False


async def ship(message: Message) -> None:
    del message


def test_a_duration_is_a_number_of_seconds_or_a_timedelta_or_text() -> None:
    settings = Settings(
        QUEUE_URL="https://sqs.eu-central-1.amazonaws.com/123456789012/orders",
        INVOKER_TIMEOUT=90,
        DRAIN_TIMEOUT=timedelta(minutes=2),
        LOCK_EXPIRE="1h30m",
    )
    assert settings.INVOKER_TIMEOUT == 90.0
    assert settings.DRAIN_TIMEOUT == 120.0
    assert settings.LOCK_EXPIRE == 5_400.0


async def test_what_you_pass_you_open_and_close_yourself() -> None:
    settings, queue = Settings(QUEUE_URL="memory://orders", FETCHER_WAIT_TIME=1), EmbeddedQueue()
    queue.send("order 7")

    async with PooledLocks() as locks, Sqsd(settings, invoker=ship, queue=queue, lock_store=locks):
        await until(lambda: queue.is_empty)

    assert not locks.is_open


async def test_the_daemon_opens_and_closes_what_an_overridden_provider_makes() -> None:
    settings, locks = Settings(QUEUE_URL="memory://orders", FETCHER_WAIT_TIME=1), PooledLocks()

    daemon = Sqsd(settings, invoker=ship)
    daemon.parts.queue.lock_store.override(locks)
    async with daemon:
        assert locks.is_open

    assert not locks.is_open
