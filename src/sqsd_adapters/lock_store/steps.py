"""What a lock store outside this process is asked, lock by lock, and the letters that it answers with; pure."""

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
    """One lock's share of a call."""

    key: str
    verb: Verb
    #: never equal to ``done``, whatever the token is
    holder: str
    milliseconds: int


def queue_hash(queue_url: str) -> str:
    """Keep the queues of one store apart, however their URLs are spelled, without writing addresses into it."""
    return sha256(queue_identity(queue_url).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def steps_of(prefix: str, verb: Verb, locks: Sequence[Lock], seconds: float = 0.0) -> list[Step]:
    """One step per lock, for ``seconds`` each."""
    milliseconds = max(1, round(seconds * 1000))
    return [Step(prefix + message_id, verb, f"held:{token}", milliseconds) for message_id, token in locks]


def are_answers(letters: str, steps: Sequence[Step]) -> bool:
    """Whether there is one letter per step, and each is one that its verb is answered with."""
    return len(letters) == len(steps) and all(
        letter in LETTERS[one.verb] for letter, one in zip(letters, steps, strict=True)
    )
