"""The conformance suite of the LockStore port: subclass ``LockStoreSuite``, and provide a store."""

import asyncio

import pytest

from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Claim, Lock
from sqsd_core.ports.lock_store import LockStore

OURS = Lock(MessageId("7c0ff8b4-9a6f-4c7e-9d43-5a0d4a1b6c11"), "ours")
#: another delivery of the same message
THEIRS = Lock(OURS.message_id, "theirs")
#: another message
OTHER = Lock(MessageId("0b1d3e0a-3f6e-4f7c-8f0e-2b9a51d5f6aa"), "ours")


class LockStoreSuite:
    """The port's contract, and the table of ``sqsd_core.policy.locking``, as tests.

    A subclass provides the fixture ``store``, a new store for each test. It may override ``short`` (seconds) and
    ``elapse``: for a store with a fake clock, ``elapse`` advances that clock and does not wait::

        class TestMine(LockStoreSuite):
            @pytest.fixture
            async def store(self):
                async with MyLockStore(...) as store:
                    yield store
    """

    pytestmark = pytest.mark.asyncio

    #: seconds of a lease or a *done* that expires during a test
    short = 0.2
    #: seconds that are longer than any test
    long = 60.0

    @pytest.fixture
    def store(self) -> LockStore:
        raise NotImplementedError("provide the fixture `store`")

    async def elapse(self, seconds: float) -> None:
        """Let the store's time pass."""
        await asyncio.sleep(seconds)

    async def test_a_free_lock_is_acquired(self, store: LockStore) -> None:
        assert await self._acquire(store, OURS) is Claim.ACQUIRED

    async def test_a_lock_that_another_holds_is_held(self, store: LockStore) -> None:
        await self._acquire(store, THEIRS)

        assert await self._acquire(store, OURS) is Claim.HELD

    async def test_a_lock_that_we_hold_is_acquired_again(self, store: LockStore) -> None:
        await self._acquire(store, OURS)

        assert await self._acquire(store, OURS) is Claim.ACQUIRED

    async def test_acquiring_again_extends_the_lease(self, store: LockStore) -> None:
        await store.acquire([OURS], lease=self.short)
        await self._acquire(store, OURS)
        await self.elapse(2 * self.short)

        assert await self._acquire(store, THEIRS) is Claim.HELD

    async def test_a_message_that_is_done_is_not_acquired(self, store: LockStore) -> None:
        await store.complete([OURS], expire=self.long)

        assert await self._acquire(store, OURS) is Claim.DONE
        assert await self._acquire(store, THEIRS) is Claim.DONE

    async def test_a_lease_that_ran_out_is_free(self, store: LockStore) -> None:
        await store.acquire([THEIRS], lease=self.short)
        await self.elapse(2 * self.short)

        assert await self._acquire(store, OURS) is Claim.ACQUIRED

    async def test_a_memory_of_done_that_ran_out_is_free(self, store: LockStore) -> None:
        await store.complete([OURS], expire=self.short)
        await self.elapse(2 * self.short)

        assert await self._acquire(store, OURS) is Claim.ACQUIRED

    async def test_one_call_answers_for_many_locks_in_their_order(self, store: LockStore) -> None:
        done = Lock(MessageId("done"), "ours")
        await store.complete([done], expire=self.long)
        await self._acquire(store, THEIRS)

        claims = await store.acquire([OURS, done, OTHER], lease=self.long)

        assert list(claims) == [Claim.HELD, Claim.DONE, Claim.ACQUIRED]

    async def test_two_deliveries_of_a_message_in_one_call_are_acquired_once(self, store: LockStore) -> None:
        claims = await store.acquire([OURS, THEIRS], lease=self.long)

        assert list(claims) == [Claim.ACQUIRED, Claim.HELD]

    async def test_of_many_who_claim_a_message_at_once_one_gets_it(self, store: LockStore) -> None:
        deliveries = [Lock(OURS.message_id, f"delivery {number}") for number in range(50)]

        claims = await asyncio.gather(*(self._acquire(store, delivery) for delivery in deliveries))

        assert sorted(claim.value for claim in claims) == ["acquired", *["held"] * 49]

    async def test_a_renewed_lease_does_not_run_out(self, store: LockStore) -> None:
        await store.acquire([OURS], lease=self.short)
        lost = await store.renew([OURS], lease=self.long)
        await self.elapse(2 * self.short)

        assert list(lost) == []
        assert await self._acquire(store, THEIRS) is Claim.HELD

    async def test_a_renewal_returns_the_locks_that_are_no_longer_ours(self, store: LockStore) -> None:
        free, done = Lock(MessageId("free"), "ours"), Lock(MessageId("done"), "ours")
        await self._acquire(store, THEIRS)
        await self._acquire(store, OTHER)
        await store.complete([done], expire=self.long)

        lost = await store.renew([free, OURS, OTHER, done], lease=self.long)

        assert list(lost) == [free, OURS, done]

    async def test_a_renewal_that_comes_too_late_claims_nothing(self, store: LockStore) -> None:
        await store.acquire([OURS], lease=self.short)
        await self.elapse(2 * self.short)

        assert list(await store.renew([OURS], lease=self.long)) == [OURS]
        assert await self._acquire(store, THEIRS) is Claim.ACQUIRED

    async def test_a_renewal_of_anothers_lock_changes_nothing(self, store: LockStore) -> None:
        await store.acquire([THEIRS], lease=self.short)
        await store.renew([OURS], lease=self.long)
        await self.elapse(2 * self.short)

        assert await self._acquire(store, OURS) is Claim.ACQUIRED

    async def test_complete_ends_a_lock_that_we_hold(self, store: LockStore) -> None:
        await self._acquire(store, OURS)
        await store.complete([OURS], expire=self.long)

        assert await self._acquire(store, OURS) is Claim.DONE

    async def test_complete_wins_over_anothers_lease(self, store: LockStore) -> None:
        await self._acquire(store, THEIRS)
        await store.complete([OURS], expire=self.long)

        assert await self._acquire(store, Lock(OURS.message_id, "third")) is Claim.DONE
        assert list(await store.renew([THEIRS], lease=self.long)) == [THEIRS]

    async def test_many_messages_are_done_in_one_call_whoever_held_them(self, store: LockStore) -> None:
        many = [Lock(MessageId(f"message {number}"), "ours") for number in range(100)]
        await store.acquire(many[:50], lease=self.long)
        await store.complete(many, expire=self.long)
        theirs = [Lock(lock.message_id, "theirs") for lock in many]
        assert list(await store.acquire(theirs, lease=self.long)) == [Claim.DONE] * len(many)

    async def test_completing_again_extends_the_memory(self, store: LockStore) -> None:
        await store.complete([OURS], expire=self.short)
        await store.complete([OURS], expire=self.long)
        await self.elapse(2 * self.short)

        assert await self._acquire(store, OURS) is Claim.DONE

    async def test_completing_again_never_shortens_the_memory(self, store: LockStore) -> None:
        await store.complete([OURS], expire=self.long)
        await store.complete([OURS], expire=self.short)
        await self.elapse(2 * self.short)

        assert await self._acquire(store, OURS) is Claim.DONE

    async def test_a_released_lock_is_free(self, store: LockStore) -> None:
        await self._acquire(store, OURS)
        await store.release([OURS])

        assert await self._acquire(store, THEIRS) is Claim.ACQUIRED

    async def test_a_released_lock_of_another_stays_held(self, store: LockStore) -> None:
        await self._acquire(store, THEIRS)
        await store.release([OURS])

        assert await self._acquire(store, OURS) is Claim.HELD

    async def test_a_released_message_that_is_done_stays_done(self, store: LockStore) -> None:
        await store.complete([OURS], expire=self.long)
        await store.release([OURS])

        assert await self._acquire(store, OURS) is Claim.DONE

    async def test_releasing_a_lock_that_nobody_holds_is_no_error(self, store: LockStore) -> None:
        await store.release([OURS])

        assert await self._acquire(store, OURS) is Claim.ACQUIRED

    async def test_no_locks_are_no_error(self, store: LockStore) -> None:
        await store.complete([], expire=self.long)
        await store.release([])

        assert list(await store.acquire([], lease=self.long)) == []
        assert list(await store.renew([], lease=self.long)) == []

    async def test_a_lease_of_no_time_at_all_is_no_error(self, store: LockStore) -> None:
        await store.acquire([OURS], lease=0.0)
        await self.elapse(self.short)

        assert await self._acquire(store, THEIRS) is Claim.ACQUIRED

    async def test_a_sweep_takes_nothing_that_is_still_good(self, store: LockStore) -> None:
        await self._acquire(store, OURS)
        await store.complete([OTHER], expire=self.long)
        await store.expire()

        assert await self._acquire(store, THEIRS) is Claim.HELD
        assert await self._acquire(store, OTHER) is Claim.DONE

    async def test_message_ids_and_tokens_may_hold_any_character(self, store: LockStore) -> None:
        odd = Lock(MessageId("a b\r\n*3\r\n:\x00é🙂"), "done")

        assert await self._acquire(store, odd) is Claim.ACQUIRED
        assert await self._acquire(store, Lock(odd.message_id, "held:done")) is Claim.HELD

    async def _acquire(self, store: LockStore, lock: Lock) -> Claim:
        (claim,) = await store.acquire([lock], lease=self.long)
        return claim
