"""No locks at all (``LOCKER=none``): every delivery is run."""

from collections.abc import Sequence

from sqsd_core.policy.locking import Claim, Lock


class NullLockStore:
    """Remembers nothing, so every claim is granted; it answers the port, and keeps none of its promises."""

    async def acquire(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Claim]:  # noqa: ARG002 - the port's
        return (Claim.ACQUIRED,) * len(locks)

    async def renew(self, locks: Sequence[Lock], *, lease: float) -> Sequence[Lock]:  # noqa: ARG002 - the port's
        return ()

    async def complete(self, locks: Sequence[Lock], *, expire: float) -> None:
        """Forget at once."""

    async def release(self, locks: Sequence[Lock]) -> None:
        """Nothing is held."""

    async def expire(self) -> int:
        return 0
