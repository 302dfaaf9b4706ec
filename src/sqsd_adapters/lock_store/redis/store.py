"""The port over Redis: locks become steps, letters become claims."""

from collections.abc import Sequence
from typing import Self

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.redis.pipeline import Link, Pipeline
from sqsd_adapters.lock_store.redis.wire import CLAIMS, LOST, Verb, key_prefix, step
from sqsd_core.policy.locking import Claim, Lock


class RedisLockStore:
    """Locks shared by all daemons of one queue that use the same ``prefix``.

    ``url`` is ``redis://[[user]:password@]host[:port][/database]``, ``rediss://…`` or ``unix:///path``, of
    one server; a cluster is out of scope, since a call's keys lie in many slots. Every operation ends within
    ``timeout`` seconds, and fails at once for ``pause`` seconds after one that failed. Every key carries a
    time to live, so that nothing grows. The constructor raises ConfigurationError for another kind of URL, and
    where the extra ``redis`` is not installed.
    """

    def __init__(
        self, *, url: str, queue_url: str, prefix: str = "sqsd", timeout: float = 0.5, pause: float = 1.0
    ) -> None:
        self._prefix = key_prefix(prefix, queue_url)
        self._pipeline = Pipeline(link=_link(url), timeout=timeout, pause=pause)

    async def __aenter__(self) -> Self:
        await self._pipeline.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pipeline.__aexit__()

    async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:
        letters = await self._ask(Verb.ACQUIRE, locks, lease)
        return [CLAIMS[letter] for letter in letters]

    async def renew(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Lock]:
        letters = await self._ask(Verb.RENEW, locks, lease)
        return [lock for lock, letter in zip(locks, letters, strict=True) if letter == LOST]

    async def complete(self, locks: Sequence[Lock], *, expire: float) -> None:
        await self._ask(Verb.COMPLETE, locks, expire)

    async def release(self, locks: Sequence[Lock]) -> None:
        await self._ask(Verb.RELEASE, locks)

    async def expire(self) -> int:
        """Redis expires keys by itself; asking it all the same tells whether it is there."""
        await self._pipeline.ask(())
        return 0

    async def _ask(self, verb: Verb, locks: Sequence[Lock], seconds: float = 0.0) -> str:
        return await self._pipeline.ask(
            [step(self._prefix, verb, lock.message_id, lock.token, seconds) for lock in locks]
        )


def _link(url: str) -> Link:
    try:
        from sqsd_adapters.lock_store.redis.link import RedisLink  # noqa: PLC0415 - redis is an extra
    except ModuleNotFoundError as error:
        raise ConfigurationError("locks in Redis need the extra redis: install sqsd[redis]") from error
    return RedisLink(url=url)
