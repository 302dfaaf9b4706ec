"""The port over a pipeline: letters become claims."""

from collections.abc import Sequence
from typing import Self

from sqsd_adapters.lock_store.pipeline import Link, Pipeline
from sqsd_adapters.lock_store.steps import CLAIMS, LOST, Verb
from sqsd_core.policy.locking import Claim, Lock

_COMPLETE = Verb.COMPLETE  # looking up an enum member takes as long as a call, once per message


class PipelinedLockStore:
    """What the stores outside this process have in common.

    Every operation ends within ``timeout`` seconds, and fails at once for ``pause`` seconds after one that failed.
    """

    def __init__(self, *, link: Link, timeout: float, pause: float, spacing: float = 0.0) -> None:
        self._pipeline = Pipeline(link=link, timeout=timeout, pause=pause, spacing=spacing)

    async def __aenter__(self) -> Self:
        await self._pipeline.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pipeline.__aexit__()

    async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:
        letters = await self._pipeline.ask(Verb.ACQUIRE, locks, lease)
        return [CLAIMS[letter] for letter in letters]

    async def renew(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Lock]:
        letters = await self._pipeline.ask(Verb.RENEW, locks, lease)
        return [lock for lock, letter in zip(locks, letters, strict=True) if letter == LOST]

    async def complete(self, locks: Sequence[Lock], *, expire: float) -> None:
        await self._pipeline.ask(_COMPLETE, locks, expire)

    async def release(self, locks: Sequence[Lock]) -> None:
        await self._pipeline.ask(Verb.RELEASE, locks)

    async def expire(self) -> int:
        """The store expires entries by itself; asking it all the same tells whether it is there."""
        await self._pipeline.ask(Verb.RELEASE, ())
        return 0
