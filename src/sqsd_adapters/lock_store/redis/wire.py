"""The lock table as a Lua script, what it is sent, and what its answer means; pure."""

from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha1, sha256
from typing import NamedTuple

from sqsd_adapters.lock_store.queue_identity import queue_identity
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Claim

#: One call carries many steps, done in order: a key and three arguments (verb, holder, milliseconds) each.
#: The answer has one letter a step. The table itself is in ``sqsd_core.policy.locking``.
SCRIPT = """
local letters = {}
for i, key in ipairs(KEYS) do
  local verb, holder, milliseconds = ARGV[3 * i - 2], ARGV[3 * i - 1], ARGV[3 * i]
  local now = redis.call('GET', key)
  local letter = '.'
  if verb == 'acquire' then
    if not now or now == holder then
      redis.call('SET', key, holder, 'PX', milliseconds)
      letter = 'A'
    elseif now == 'done' then
      letter = 'D'
    else
      letter = 'H'
    end
  elseif verb == 'renew' then
    if now == holder then
      redis.call('PEXPIRE', key, milliseconds)
    else
      letter = 'L'
    end
  elseif verb == 'complete' then
    if now ~= 'done' or redis.call('PTTL', key) < tonumber(milliseconds) then
      redis.call('SET', key, 'done', 'PX', milliseconds)
    end
  elseif verb == 'release' then
    if now == holder then
      redis.call('DEL', key)
    end
  end
  letters[i] = letter
end
return table.concat(letters)
"""
DIGEST = sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()

#: the letters of acquire
CLAIMS = {"A": Claim.ACQUIRED, "H": Claim.HELD, "D": Claim.DONE}
#: the letter of a renewal that came too late
LOST = "L"


class Verb(StrEnum):
    """What a step asks for."""

    ACQUIRE = "acquire"
    RENEW = "renew"
    COMPLETE = "complete"
    RELEASE = "release"


#: the letters that each may be answered with
LETTERS = {
    Verb.ACQUIRE: frozenset(CLAIMS),
    Verb.RENEW: frozenset({".", LOST}),
    Verb.COMPLETE: frozenset("."),
    Verb.RELEASE: frozenset("."),
}


class Step(NamedTuple):
    """One lock's share of a call."""

    key: str
    verb: Verb
    #: never equal to ``done``, whatever the token is
    holder: str
    milliseconds: int


def key_prefix(prefix: str, queue_url: str) -> str:
    """Keep the queues of one Redis apart, however their URLs are spelled, without writing addresses into its keys."""
    return f"{prefix}:{sha256(queue_identity(queue_url).encode('utf-8', 'surrogatepass')).hexdigest()[:16]}:"


def step(prefix: str, verb: Verb, message_id: MessageId, token: str, seconds: float = 0.0) -> Step:
    return Step(prefix + message_id, verb, f"held:{token}", max(1, round(seconds * 1000)))


def read_letters(answer: object, steps: Sequence[Step]) -> str:
    """Read the script's answer: one letter per step.

    Raises:
        LockStoreUnavailable: it is something else.
    """
    if isinstance(answer, bytes) and len(answer) == len(steps):
        text = answer.decode("latin-1")
        if all(letter in LETTERS[one.verb] for letter, one in zip(text, steps, strict=True)):
            return text
    raise LockStoreUnavailable("Redis: answer not understood; does another program answer at this address?")


def arguments(steps: Sequence[Step]) -> list[str | int]:
    """What follows ``EVALSHA digest``: the number of keys, the keys, three arguments a key."""
    listed: list[str | int] = [len(steps)]
    listed.extend(one.key for one in steps)
    for one in steps:
        listed += one[1:]
    return listed
