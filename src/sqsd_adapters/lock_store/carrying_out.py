"""Steps as a lock table carries them out, where the table is in memory; pure."""

from collections.abc import Callable, Sequence

from sqsd_adapters.lock_store.steps import CLAIMS, LOST, OK, Step, Verb
from sqsd_core.policy.locking import Claim, Lock, LockTable

_LETTERS = {claim: letter for letter, claim in CLAIMS.items()}
_ACQUIRED = Claim.ACQUIRED  # looking up an enum member takes as long as a call, once per message


def carry_out(table: LockTable, step: Step, *, now: float) -> str:
    """Do a step at an instant of the table's clock; returns one letter per lock."""
    verb, locks, milliseconds = step
    return _ACTIONS[verb](table, locks, now, milliseconds / 1000)


def _acquire(table: LockTable, locks: Sequence[Lock], now: float, seconds: float) -> str:
    claims = [table.acquire(lock, now=now, lease=seconds) for lock in locks]
    return "".join(["A" if claim is _ACQUIRED else _LETTERS[claim] for claim in claims])


def _renew(table: LockTable, locks: Sequence[Lock], now: float, seconds: float) -> str:
    return "".join([OK if table.renew(lock, now=now, lease=seconds) else LOST for lock in locks])


def _complete(table: LockTable, locks: Sequence[Lock], now: float, seconds: float) -> str:
    for lock in locks:
        table.complete(lock, now=now, expire=seconds)
    return OK * len(locks)


def _release(table: LockTable, locks: Sequence[Lock], now: float, seconds: float) -> str:
    del now, seconds
    for lock in locks:
        table.release(lock)
    return OK * len(locks)


_ACTIONS: dict[Verb, Callable[[LockTable, Sequence[Lock], float, float], str]] = {
    Verb.ACQUIRE: _acquire,
    Verb.RENEW: _renew,
    Verb.COMPLETE: _complete,
    Verb.RELEASE: _release,
}
