"""The lock store that keeps nothing."""

from sqsd_adapters.lock_store.null import NullLockStore
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Claim, Lock

LOCKS = [Lock(MessageId("first"), "token"), Lock(MessageId("second"), "token")]


async def test_every_claim_is_granted_also_of_a_message_that_is_done() -> None:
    store = NullLockStore()
    await store.complete(LOCKS, expire=60.0)

    assert list(await store.acquire(LOCKS, lease=60.0)) == [Claim.ACQUIRED, Claim.ACQUIRED]


async def test_no_lock_is_ever_lost_or_swept() -> None:
    store = NullLockStore()

    assert list(await store.renew(LOCKS, lease=60.0)) == []
    await store.release(LOCKS)
    assert await store.expire() == 0
