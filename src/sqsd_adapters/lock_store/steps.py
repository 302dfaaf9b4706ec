"""What a lock store outside this process is asked, and the letters that it answers with; pure."""

from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from sqsd_adapters.lock_store.queue_identity import queue_identity
from sqsd_core.policy.locking import Claim, Lock

#: the letters of acquire
CLAIMS = {"A": Claim.ACQUIRED, "H": Claim.HELD, "D": Claim.DONE}
#: the letter of a renewal that came too late
LOST = "L"
#: the letter of everything else
OK = "."


class Verb(StrEnum):
    """What a step asks for."""

    ACQUIRE = "acquire"
    RENEW = "renew"
    COMPLETE = "complete"
    RELEASE = "release"


#: the letters that each may be answered with
LETTERS = {
    Verb.ACQUIRE: frozenset(CLAIMS),
    Verb.RENEW: frozenset({OK, LOST}),
    Verb.COMPLETE: frozenset(OK),
    Verb.RELEASE: frozenset(OK),
}


class Step(NamedTuple):
    """What is asked for some locks, in their order."""

    verb: Verb
    locks: Sequence[Lock]
    milliseconds: int


def queue_hash(queue_url: str) -> str:
    """Keep the queues of one store apart, however their URLs are spelled, without writing addresses into it."""
    return sha256(queue_identity(queue_url).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def step_of(verb: Verb, locks: Sequence[Lock], seconds: float = 0.0) -> Step:
    """A step of whole milliseconds, of which there is one at least."""
    return Step(verb, locks, max(1, round(seconds * 1000)))


def holder(lock: Lock) -> str:
    """The value of a lock that is held, where a store keeps text: never ``done``, whatever the token is."""
    return f"held:{lock.token}"


def are_answers(letters: str, steps: Sequence[Step]) -> bool:
    """Whether there is one letter per lock, and each is one that the verb of its step is answered with."""
    start = 0
    for verb, locks, _ in steps:
        end = start + len(locks)
        if not LETTERS[verb].issuperset(letters[start:end]):
            return False
        start = end
    return start == len(letters)
