"""The lock table as a Lua script, with its arguments and its answers; pure."""

from collections.abc import Sequence
from hashlib import sha1

from sqsd_adapters.lock_store.steps import Step, are_answers, queue_hash
from sqsd_core.errors import LockStoreUnavailable

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


def key_prefix(prefix: str, queue_url: str) -> str:
    return f"{prefix}:{queue_hash(queue_url)}:"


def read_letters(answer: object, steps: Sequence[Step]) -> str:
    """Read the script's answer: one letter per step.

    Raises:
        LockStoreUnavailable: it is something else.
    """
    if isinstance(answer, bytes):
        text = answer.decode("latin-1")
        if are_answers(text, steps):
            return text
    raise LockStoreUnavailable("Redis: answer not understood; does another program answer at this address?")


def arguments(steps: Sequence[Step]) -> list[str | int]:
    """What follows ``EVALSHA digest``: the number of keys, the keys, three arguments per key."""
    listed: list[str | int] = [len(steps)]
    listed.extend(one.key for one in steps)
    for one in steps:
        listed += one[1:]
    return listed
