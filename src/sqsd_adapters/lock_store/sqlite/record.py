"""A record of the lock file: the steps of one call as text, and what they do to the lock table; pure.

There are three kinds. *Leases* (acquire, renew, release) and *done* are what a call asked for; a call that has both
makes two records, leases first, and the table is the same, because *done* wins in any order. A *snapshot* holds all
leases of a moment, and makes all records of leases before it superfluous.
"""

import json
from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from sqsd_adapters.lock_store.steps import LOST, OK, Step, Verb
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Claim, Lock, LockTable

SNAPSHOT = "snapshot"
LONGEST = 10**15  # milliseconds; more is no duration

_LETTERS = {Claim.ACQUIRED.value: "A", Claim.HELD.value: "H", Claim.DONE.value: "D"}
#: the letters of what changed nothing, and need not be written
_WITHOUT_EFFECT = {"H", "D", LOST}
_ACQUIRE, _RENEW, _COMPLETE = Verb.ACQUIRE, Verb.RENEW, Verb.COMPLETE  # looking up a member costs a call
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Garbled(Exception):
    """A record cannot be read."""


class Record(NamedTuple):
    """What is written of a call."""

    text: str
    #: how many messages it calls done
    done: int
    #: of the longest of its leases or expiries
    milliseconds: int


class Replica:
    """The lock table of one queue, as its records say."""

    def __init__(self, *, max_done: int) -> None:
        self.table = LockTable(max_done=max_done)
        #: when the last of all leases ends
        self.latest = 0.0

    def apply(self, steps: Sequence[Step], *, at: float) -> str:
        """Do the steps; returns one letter per step."""
        return "".join([self._apply(step, at) for step in steps])

    def complete(self, message_id: str, *, at: float, milliseconds: int) -> None:
        self.table.complete(Lock(MessageId(message_id), ""), now=at, expire=milliseconds / 1000)

    def restore(self, steps: Sequence[Step], *, at: float) -> None:
        """Hold what a snapshot holds, and nothing else."""
        self.table.drop_leases()
        self.apply(steps, at=at)

    def snapshot(self, *, now: float) -> Record:
        steps = [
            Step(lock.message_id, _ACQUIRE, lock.token, ceil(left * 1000)) for lock, left in self.table.leases(now=now)
        ]
        return Record(_encode([SNAPSHOT, *steps]), 0, max([step.milliseconds for step in steps], default=0))

    def _apply(self, step: Step, at: float) -> str:
        key, verb, holder, milliseconds = step
        lock, seconds = Lock(key, holder), milliseconds / 1000  # type: ignore[arg-type]  # the call to MessageId costs
        if verb is _ACQUIRE:
            self._lasts(at + seconds)
            return _LETTERS[self.table.acquire(lock, now=at, lease=seconds)._value_]
        if verb is _COMPLETE:
            self.table.complete(lock, now=at, expire=seconds)
        elif verb is _RENEW:
            self._lasts(at + seconds)
            return OK if self.table.renew(lock, now=at, lease=seconds) else LOST
        else:
            self.table.release(lock)
        return OK

    def _lasts(self, until: float) -> None:
        self.latest = max(self.latest, until)


def records(steps: Sequence[Step], letters: str) -> list[Record]:
    """What is to be written: leases, then done."""
    leases: list[Step] = []
    done: dict[int, list[str]] = {}
    for step, letter in zip(steps, letters, strict=True):
        if step.verb is _COMPLETE:
            done.setdefault(step.milliseconds, []).append(step.key)
        elif letter not in _WITHOUT_EFFECT:
            leases.append(step)
    written = [Record(_encode(leases), 0, max([step.milliseconds for step in leases]))] if leases else []
    if done:
        written.append(Record(_encode(done), sum(map(len, done.values())), max(done)))
    return written


def replay(text: object, replica: Replica, *, at: float) -> None:
    """Do what a record says.

    Raises:
        Garbled: it cannot be read
    """
    try:
        content = json.loads(text)  # type: ignore[arg-type]  # anything but a text raises
        if isinstance(content, dict):
            for milliseconds, message_ids in content.items():
                for message_id in message_ids:
                    replica.complete(_text(message_id), at=at, milliseconds=_duration(int(milliseconds)))
        elif content and content[0] == SNAPSHOT:
            replica.restore([_step(*fields) for fields in content[1:]], at=at)
        else:
            replica.apply([_step(*fields) for fields in content], at=at)
    except (ValueError, TypeError, RecursionError) as error:
        raise Garbled from error


def _step(key: str, verb: str, holder: str, milliseconds: int) -> Step:
    return Step(_text(key), Verb(verb), _text(holder), _duration(milliseconds))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _duration(value: object) -> int:
    if not isinstance(value, int) or not 0 < value < LONGEST:
        raise ValueError
    return value
