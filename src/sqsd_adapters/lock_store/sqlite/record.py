"""A record of the lock file: the steps of one call as text, and what they do to the lock table; pure.

There are three kinds. *Leases* (acquire, renew, release) and *done* are what a call asked for; a call that has both
makes two records, leases first, and the table is the same, because *done* wins in any order. A *snapshot* holds all
leases of a moment, and makes all records of leases before it superfluous.
"""

import json
from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from sqsd_adapters.fast_json import encode
from sqsd_adapters.lock_store.carrying_out import carry_out
from sqsd_adapters.lock_store.steps import LOST, Step, Verb
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Lock, LockTable

SNAPSHOT = "snapshot"
LONGEST = 10**15  # milliseconds; more is no duration

#: the letters of what changed nothing, and need not be written
_WITHOUT_EFFECT = frozenset({"H", "D", LOST})
_ACQUIRE, _RENEW, _COMPLETE = Verb.ACQUIRE, Verb.RENEW, Verb.COMPLETE  # looking up a member costs a call


#: message id, verb, token, milliseconds
_Lease = tuple[str, str, str, int]


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
        """Do the steps; returns one letter per lock."""
        return "".join([self._apply(step, at) for step in steps])

    def restore(self, steps: Sequence[Step], *, at: float) -> None:
        """Hold what a snapshot holds, and nothing else."""
        self.table.drop_leases()
        self.apply(steps, at=at)

    def snapshot(self, *, now: float) -> Record:
        leases = [
            (lock.message_id, _ACQUIRE.value, lock.token, ceil(left * 1000))
            for lock, left in self.table.leases(now=now)
        ]
        longest = max([milliseconds for *_, milliseconds in leases], default=0)
        return Record(_encode([SNAPSHOT, *leases]), 0, longest)

    def _apply(self, step: Step, at: float) -> str:
        verb = step.verb
        if verb is _ACQUIRE or verb is _RENEW:
            self.latest = max(self.latest, at + step.milliseconds / 1000)
        return carry_out(self.table, step, now=at)


def records(steps: Sequence[Step], letters: str) -> list[Record]:
    """What is to be written: leases, then done."""
    leases: list[_Lease] = []
    done: dict[str, list[str]] = {}
    start = 0
    for step in steps:
        end = start + len(step.locks)
        if step.verb is _COMPLETE:
            done.setdefault(str(step.milliseconds), []).extend([message_id for message_id, _ in step.locks])
        else:
            leases += _effective(step, letters[start:end])
        start = end
    written = [Record(_encode(leases), 0, max([lease[3] for lease in leases]))] if leases else []
    if done:
        written.append(Record(_encode(done), sum(map(len, done.values())), max(map(int, done))))
    return written


def _effective(step: Step, letters: str) -> list[_Lease]:
    verb, locks, milliseconds = step.verb.value, step.locks, step.milliseconds
    if not _WITHOUT_EFFECT.isdisjoint(letters):
        locks = [lock for lock, letter in zip(locks, letters, strict=True) if letter not in _WITHOUT_EFFECT]
    return [(message_id, verb, token, milliseconds) for message_id, token in locks]


def replay(text: object, replica: Replica, *, at: float) -> None:
    """Do what a record says.

    Raises:
        Garbled: it cannot be read
    """
    try:
        content = json.loads(text)  # type: ignore[arg-type]  # anything but a text raises
        if isinstance(content, dict):
            for milliseconds, message_ids in content.items():
                done = [Lock(MessageId(_text(message_id)), "") for message_id in message_ids]
                replica.apply([Step(_COMPLETE, done, _duration(int(milliseconds)))], at=at)
        elif content and content[0] == SNAPSHOT:
            replica.restore([_step(*fields) for fields in content[1:]], at=at)
        else:
            replica.apply([_step(*fields) for fields in content], at=at)
    except (ValueError, TypeError, RecursionError) as error:
        raise Garbled from error


def _step(message_id: str, verb: str, token: str, milliseconds: int) -> Step:
    return Step(Verb(verb), [Lock(MessageId(_text(message_id)), _text(token))], _duration(milliseconds))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _duration(value: object) -> int:
    if not isinstance(value, int) or not 0 < value < LONGEST:
        raise ValueError
    return value


def _encode(content: object) -> str:
    try:
        return encode(content).decode()
    except (TypeError, UnicodeEncodeError):  # half a surrogate pair, which is written as an escape
        return json.dumps(content)
